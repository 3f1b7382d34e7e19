#include "controller/transition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reconciler::controller {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::Not;

const WallTime kNoon{std::chrono::seconds(1769860800)};

EnvironmentStatus synced() {
  EnvironmentStatus status;
  status.name = "dev";
  status.sync = SyncStatus::kSynced;
  status.health = HealthStatus::kHealthy;
  status.conditions = {{"Ready", ConditionStatus::kTrue, "Ready", "", {}},
                       {"SourceReady", ConditionStatus::kTrue, "Fetched", "at commit aaa", {}},
                       {"Healthy", ConditionStatus::kTrue, "Healthy", "", {}},
                       {"Synced", ConditionStatus::kTrue, "Synced", "", {}}};
  status.head = std::string(40, 'a');
  status.last_sync = LastSync{"1", "commit", std::string(40, 'a'), kNoon, kNoon, "Succeeded", "", {}};
  return status;
}

/// A synced environment whose comparison came to something else.
EnvironmentStatus with_finding(const std::string& reason, const std::string& message,
                               ConditionStatus status = ConditionStatus::kFalse) {
  auto found = synced();
  found.sync = SyncStatus::kFailed;
  found.conditions[3] = {"Synced", status, reason, message, {}};
  return found;
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
  EXPECT_THAT(told([](auto& s) {
                s.last_sync->id = "2";
                s.last_sync->trigger = "drift";
                s.last_sync->applied.add({{"", "ConfigMap"}, "dev", "a"});
                s.last_sync->pruned.add({{"", "ConfigMap"}, "dev", "b"});
                s.objects.pruned = 1;
              }),
              ElementsAre(Transition{false, "DriftReverted", "put back to commit aaaaaaaaaaaa: ConfigMap dev/a"},
                          Transition{false, "Pruned", "1 object that left Git is removed: ConfigMap dev/b"}));
  EXPECT_THAT(
      told([](auto& s) {
        s.last_sync->result = "Failed";
        s.last_sync->message = "2 objects were rejected";
        s.last_sync->errors = {"a: bad", "b: bad"};
      }),
      ElementsAre(Transition{true, "SyncFailed", "commit aaaaaaaaaaaa: 2 objects were rejected; a: bad; b: bad"}));
}

TEST(Transitions, a_retry_is_told_when_it_comes_to_something_else) {
  auto failed = synced();
  failed.last_sync->result = "Failed";
  failed.last_sync->message = "refused";
  failed.last_sync->errors = {"a: bad"};
  auto again = failed;
  again.last_sync->id = "2";
  again.last_sync->trigger = "retry";
  auto runs = again;
  runs.last_sync->result = "Running";
  EXPECT_THAT(transitions(failed, runs), IsEmpty());
  EXPECT_THAT(transitions(runs, again), IsEmpty());
  EXPECT_THAT(transitions(failed, again), IsEmpty());
  again.last_sync->errors = {"b: bad"};
  EXPECT_THAT(transitions(runs, again),
              ElementsAre(Transition{true, "SyncFailed", "commit aaaaaaaaaaaa: refused; b: bad"}));
  again.last_sync->result = "Succeeded";
  EXPECT_THAT(transitions(runs, again),
              ElementsAre(Transition{false, "SyncSucceeded", "commit aaaaaaaaaaaa is applied"}));
  runs.last_sync->trigger = "manual";
  EXPECT_THAT(transitions(failed, runs), ElementsAre(Transition{false, "SyncStarted", "commit aaaaaaaaaaaa (manual)"}));
}

TEST(Transitions, a_further_attempt_at_a_resync_that_is_still_owed_is_told_when_it_comes_to_something_else) {
  auto failed = synced();
  failed.last_sync->trigger = "manual";
  failed.last_sync->result = "Failed";
  failed.last_sync->message = "out of reach";
  auto runs = failed;
  runs.last_sync->result = "Running";
  EXPECT_THAT(transitions(failed, runs), IsEmpty());
  EXPECT_THAT(transitions(runs, failed), IsEmpty());
  failed.last_sync->message = "refused";
  EXPECT_THAT(transitions(runs, failed), ElementsAre(Transition{true, "SyncFailed", "commit aaaaaaaaaaaa: refused"}));
}

TEST(Transitions, what_keeps_a_commit_from_being_synced_is_told_without_a_sync) {
  for (const auto* reason : {"BuildFailed", "Rejected", "PruneNeedsConfirmation", "Forbidden", "Contested"}) {
    EXPECT_THAT(transitions(synced(), with_finding(reason, "so it is")),
                ElementsAre(Transition{true, reason, "commit aaaaaaaaaaaa: so it is"}));
  }
  EXPECT_THAT(transitions(synced(), with_finding("OutOfSync", "objects differ from Git")),
              ElementsAre(Transition{false, "OutOfSync", "commit aaaaaaaaaaaa: objects differ from Git"}));
  EXPECT_THAT(transitions(EnvironmentStatus(), with_finding("BuildFailed", "so it is")), Not(IsEmpty()));
}

TEST(Transitions, what_is_found_again_is_told_when_the_commit_or_the_matter_is_another) {
  const auto failed = with_finding("Rejected", "2 are wrong: a: bad; b: bad");
  EXPECT_THAT(transitions(failed, failed), IsEmpty());
  EXPECT_THAT(transitions(failed, with_finding("Rejected", "2 are wrong: b: bad; a: bad")), IsEmpty())
      << "the causes of a commit that is looked at again";
  EXPECT_THAT(transitions(failed, with_finding("Rejected", "1 is wrong: a: bad")),
              ElementsAre(Transition{true, "Rejected", "commit aaaaaaaaaaaa: 1 is wrong: a: bad"}));
  auto next = failed;
  next.head = std::string(40, 'b');
  EXPECT_THAT(transitions(failed, next), IsEmpty());
  next.conditions[3].message = "2 are wrong: c: bad; d: bad";
  EXPECT_THAT(transitions(failed, next),
              ElementsAre(Transition{true, "Rejected", "commit bbbbbbbbbbbb: 2 are wrong: c: bad; d: bad"}));
}

TEST(Transitions, an_outage_is_told_once_whatever_is_said_of_it) {
  const auto refused = with_finding("ClusterUnavailable", "refused", ConditionStatus::kUnknown);
  auto lost = refused;
  lost.health = HealthStatus::kUnknown;
  EXPECT_THAT(transitions(synced(), lost), ElementsAre(Transition{true, "ClusterUnavailable", "refused"}));
  EXPECT_THAT(transitions(refused, with_finding("ClusterUnavailable", "timed out", ConditionStatus::kUnknown)),
              IsEmpty());
}

TEST(Transitions, what_mends_itself_is_told) {
  EXPECT_THAT(transitions(with_finding("BuildFailed", "so it is"), synced()),
              ElementsAre(Transition{false, "Synced", "commit aaaaaaaaaaaa is in place; was BuildFailed"}));
  EXPECT_THAT(transitions(with_finding("Unknown", "", ConditionStatus::kUnknown), synced()), IsEmpty());
}

TEST(Transitions, what_came_of_a_sync_is_not_told_twice) {
  auto failed = with_finding("ApplyFailed", "refused: a: bad");
  failed.last_sync->id = "2";
  failed.last_sync->result = "Failed";
  failed.last_sync->message = "refused";
  failed.last_sync->errors = {"a: bad"};
  EXPECT_THAT(transitions(synced(), failed),
              ElementsAre(Transition{true, "SyncFailed", "commit aaaaaaaaaaaa: refused; a: bad"}));
  auto mended = synced();
  mended.last_sync->id = "3";
  EXPECT_THAT(transitions(failed, mended),
              ElementsAre(Transition{false, "SyncSucceeded", "commit aaaaaaaaaaaa is applied"}));
  const auto runs = with_finding("Syncing", "a sync is under way");
  EXPECT_THAT(transitions(synced(), runs), IsEmpty());
  auto contested = with_finding("Contested", "a: data by kubectl-edit");
  contested.last_sync->id = "3";
  contested.last_sync->trigger = "drift";
  EXPECT_THAT(transitions(runs, contested),
              ElementsAre(Transition{false, "DriftReverted", "put back to commit aaaaaaaaaaaa"},
                          Transition{true, "Contested", "commit aaaaaaaaaaaa: a: data by kubectl-edit"}));
}

TEST(Transitions, an_environment_that_goes_tells_what_it_waits_for) {
  const auto hooks = with_finding("Deleting", "left Git; waits for its PreDelete hooks to end");
  const auto objects = with_finding("Deleting", "left Git; waits for its objects to go: a: held; b: held");
  const auto failed = with_finding("DeletionFailed", "a hook failed: Job dev/bye: failed");
  EXPECT_THAT(transitions(synced(), hooks), ElementsAre(Transition{false, "Deleting", hooks.conditions[3].message}));
  EXPECT_THAT(transitions(hooks, failed),
              ElementsAre(Transition{true, "DeletionFailed", failed.conditions[3].message}));
  EXPECT_THAT(transitions(failed, objects), ElementsAre(Transition{false, "Deleting", objects.conditions[3].message}));
  EXPECT_THAT(transitions(objects, with_finding("Deleting", "left Git; waits for its objects to go: b: held")),
              IsEmpty());
}

TEST(Transitions, a_file_that_cannot_be_read_is_told_once) {
  const auto invalid = [](const std::string& message) {
    auto status = with_finding("InvalidEnvironment", message);
    status.conditions[1] = {"SourceReady", ConditionStatus::kFalse, "InvalidEnvironment", message, {}};
    return status;
  };
  EXPECT_THAT(transitions(synced(), invalid("bad")), ElementsAre(Transition{true, "InvalidEnvironment", "bad"}));
  EXPECT_THAT(transitions(invalid("bad"), invalid("bad")), IsEmpty());
  EXPECT_THAT(transitions(invalid("bad"), invalid("worse")),
              ElementsAre(Transition{true, "InvalidEnvironment", "worse"}));
  EXPECT_THAT(transitions(invalid("bad"), synced()), ElementsAre(Transition{false, "SourceBack", "at commit aaa"}));
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
