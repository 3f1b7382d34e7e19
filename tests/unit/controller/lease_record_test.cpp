#include "controller/lease_record.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace reconciler::controller {
namespace {

using namespace std::chrono_literals;

const SteadyTime kNow = SteadyTime() + 24h;

LeaseView held_by(const std::string& holder, SteadyTime observed = kNow) {
  LeaseView view;
  view.exists = true;
  view.record.holder = holder;
  view.record.transitions = 3;
  view.observed = observed;
  return view;
}

TEST(LeaseRecord, an_absent_lease_is_made_and_one_that_was_given_up_is_taken) {
  EXPECT_EQ(lease_step({}, "a", kNow), LeaseStep::kMake);
  EXPECT_EQ(lease_step(held_by(""), "a", kNow), LeaseStep::kTake);
}

TEST(LeaseRecord, anothers_lease_is_left_alone_until_he_has_been_silent_for_its_duration) {
  const auto view = held_by("b");
  EXPECT_EQ(lease_step(view, "a", kNow + kLeaseDuration - 1ms), LeaseStep::kWait);
  EXPECT_EQ(next_lease_step(view, "a", kNow), kNow + kLeaseDuration);
  EXPECT_EQ(lease_step(view, "a", kNow + kLeaseDuration), LeaseStep::kTake);
}

TEST(LeaseRecord, a_restarted_replica_goes_on_at_once_with_what_it_held) {
  EXPECT_EQ(lease_step(held_by("a"), "a", kNow), LeaseStep::kTake);
}

TEST(LeaseRecord, a_holder_renews_when_it_is_time_and_hears_of_the_end_of_what_it_holds) {
  auto view = held_by("a");
  view.renew_at = kNow + kLeaseRenewal;
  view.held_to = kNow + kLeaseGrasp;
  EXPECT_EQ(lease_step(view, "a", kNow + kLeaseRenewal - 1ms), LeaseStep::kWait);
  EXPECT_EQ(lease_step(view, "a", kNow + kLeaseRenewal), LeaseStep::kRenew);
  view.renew_at = kNow + kLeaseGrasp + 5s;
  EXPECT_EQ(next_lease_step(view, "a", kNow), view.held_to);
}

TEST(LeaseRecord, a_holder_stops_before_another_may_begin_and_another_begins_within_15_seconds) {
  EXPECT_LT(kLeaseGrasp, kLeaseDuration);
  EXPECT_LT(kLeaseRenewal * 2, kLeaseGrasp);
  EXPECT_LT(kLeaseDuration, 15s);
}

TEST(LeaseRecord, a_lease_that_changes_hands_counts_it_and_one_that_is_kept_does_not) {
  const auto wall = WallTime(1769860800s + 1500us);
  const auto taken = lease_spec(held_by("b"), "a", wall);
  EXPECT_EQ(taken["holderIdentity"], "a");
  EXPECT_EQ(taken["leaseTransitions"], 4);
  EXPECT_EQ(taken["renewTime"], "2026-01-31T12:00:00.001500Z");
  EXPECT_EQ(taken["acquireTime"], taken["renewTime"]);
  const auto kept = lease_spec(held_by("a"), "a", wall);
  EXPECT_FALSE(kept.contains("leaseTransitions"));
  EXPECT_FALSE(kept.contains("acquireTime"));
  EXPECT_EQ(lease_spec({}, "a", wall)["leaseTransitions"], 0);
}

TEST(LeaseRecord, it_is_read_from_what_the_server_tells) {
  const auto record = read_lease(Json::parse(R"({"metadata": {"resourceVersion": "7", "uid": "u"},
      "spec": {"holderIdentity": "a", "renewTime": "t", "leaseTransitions": 2}})"));
  EXPECT_EQ(record, (LeaseRecord{"a", "t", 2, "7", "u"}));
  EXPECT_EQ(read_lease(Json::object()), LeaseRecord{});
}

}  // namespace
}  // namespace reconciler::controller
