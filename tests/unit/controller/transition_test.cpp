#include "controller/transition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reconciler::controller {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;

const WallTime kNoon{std::chrono::seconds(1769860800)};

EnvironmentStatus synced() {
  EnvironmentStatus status;
  status.name = "dev";
  status.sync = SyncStatus::kSynced;
  status.health = HealthStatus::kHealthy;
  status.conditions = {{"Ready", ConditionStatus::kTrue, "Ready", "", {}},
                       {"SourceReady", ConditionStatus::kTrue, "Fetched", "at commit aaa", {}},
                       {"Healthy", ConditionStatus::kTrue, "Healthy", "", {}}};
  status.last_sync = LastSync{"1", "commit", std::string(40, 'a'), kNoon, kNoon, "Succeeded", "", {}};
  return status;
}

/// What is told when this becomes of a synced environment.
template <class Change>
std::vector<Transition> told(Change change) {
  const auto before = synced();
  auto after = before;
  change(after);
  return transitions(before, after);
}

TEST(Transitions, nothing_is_told_where_nothing_happened) {
  EXPECT_THAT(told([](auto&) {}), IsEmpty());
  EXPECT_THAT(told([](auto& status) { status.message = "other words"; }), IsEmpty());
}

TEST(Transitions, a_sync_begins_and_ends) {
  EXPECT_THAT(told([](auto& s) {
                s.last_sync->id = "2";
                s.last_sync->result = "Running";
              }),
              ElementsAre(Transition{false, "SyncStarted", "commit aaaaaaaaaaaa (commit)"}));
  EXPECT_THAT(told([](auto& s) {
                s.last_sync->id = "2";
                s.objects.pruned = 3;
              }),
              ElementsAre(Transition{false, "SyncSucceeded", "commit aaaaaaaaaaaa is applied"},
                          Transition{false, "Pruned", "3 objects that left Git are removed"}));
  EXPECT_THAT(told([](auto& s) {
                s.last_sync->id = "2";
                s.last_sync->trigger = "drift";
              }),
              ElementsAre(Transition{false, "DriftReverted", "put back to commit aaaaaaaaaaaa"}));
  EXPECT_THAT(
      told([](auto& s) {
        s.last_sync->result = "Failed";
        s.last_sync->message = "2 objects were rejected";
        s.last_sync->errors = {"a: bad", "b: bad"};
      }),
      ElementsAre(Transition{true, "SyncFailed", "commit aaaaaaaaaaaa: 2 objects were rejected; a: bad; b: bad"}));
}

TEST(Transitions, health_changes) {
  EXPECT_THAT(told([](auto& s) {
                s.health = HealthStatus::kDegraded;
                s.conditions[2].message = "Deployment.apps dev/a: crashes";
              }),
              ElementsAre(Transition{true, "Degraded", "Deployment.apps dev/a: crashes"}));
  EXPECT_THAT(told([](auto& s) { s.health = HealthStatus::kProgressing; }),
              ElementsAre(Transition{false, "Progressing", "was Healthy"}));
}

TEST(Transitions, the_source_is_lost_and_comes_back) {
  auto lost = synced();
  lost.conditions[1] = {"SourceReady", ConditionStatus::kFalse, "FetchFailed", "refused", {}};
  EXPECT_THAT(transitions(synced(), lost), ElementsAre(Transition{true, "SourceLost", "FetchFailed: refused"}));
  EXPECT_THAT(transitions(lost, synced()), ElementsAre(Transition{false, "SourceBack", "at commit aaa"}));
  EXPECT_THAT(transitions(lost, lost), IsEmpty());
}

TEST(Transitions, it_is_suspended_and_resumed) {
  auto suspended = synced();
  suspended.suspension = Suspension{"alice", "maintenance", kNoon, false};
  const std::string text = "suspended by alice since 2026-01-31T12:00:00Z: maintenance";
  EXPECT_THAT(transitions(synced(), suspended), ElementsAre(Transition{false, "Suspended", text}));
  EXPECT_THAT(transitions(suspended, synced()), ElementsAre(Transition{false, "Resumed", "synced again; was " + text}));
}

TEST(Transitions, a_long_message_is_cut_between_characters) {
  const auto transitions = told([](auto& s) {
    s.last_sync->result = "Failed";
    for (int i = 0; i < 1000; ++i) s.last_sync->message += "é";
  });
  ASSERT_EQ(transitions.size(), 1U);
  EXPECT_LE(transitions[0].message.size(), 1024U);
  EXPECT_GT(transitions[0].message.size(), 1015U);
  EXPECT_THAT(transitions[0].message, EndsWith("é…"));
}

}  // namespace
}  // namespace reconciler::controller
