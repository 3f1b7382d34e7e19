#include "sync/prune_guard.h"

#include <gtest/gtest.h>

#include "sets.h"

namespace reconciler::sync {
namespace {

using test::config_map;

/// A set of which these names live, and those that Git holds now.
class PruneGuard : public ::testing::Test {
 protected:
  void lives(const std::string& name, const std::string& uid = "uid", const std::string& prune = "") {
    LiveMember member;
    member.key = {{"", "ConfigMap"}, "default", name};
    member.uid = uid;
    member.part_of = kOurs;
    member.owned_fields = "fields";
    member.prune = prune;
    live_[member.key] = std::make_shared<const LiveMember>(member);
  }
  void live_names(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) lives("old-" + std::to_string(i));
  }

  std::optional<LargePrune> guard(const std::vector<std::string>& in_git, double max_fraction = 0.5) {
    std::vector<Json> bodies;
    for (const auto& name : in_git) bodies.push_back(config_map("", name));
    const auto set = placed(bodies, cluster_);
    return large_prune(set, make_plan(set, live_, {}), max_fraction);
  }

  test::FakeCluster cluster_;
  LiveSet live_;
};

TEST_F(PruneGuard, an_overlay_that_renders_to_nothing_stops_however_small) {
  live_names(1);
  const auto prune = guard({});
  ASSERT_TRUE(prune);
  EXPECT_EQ(prune->members, 1U);
  EXPECT_EQ(prune->objects.size(), 1U);
}

TEST_F(PruneGuard, what_left_git_and_is_never_pruned_is_none_that_stays) {
  live_names(2);
  lives("kept-for-ever", "uid", "disabled");
  const auto prune = guard({});
  ASSERT_TRUE(prune);
  EXPECT_EQ(prune->members, 2U);
  EXPECT_EQ(prune->objects.size(), 2U);
}

TEST_F(PruneGuard, what_was_confirmed_in_git_needs_no_other_word) {
  for (int i = 0; i < 6; ++i) lives("old-" + std::to_string(i), "uid", "confirmed");
  EXPECT_FALSE(guard({}));
  lives("other");
  const auto prune = guard({});
  ASSERT_TRUE(prune);
  EXPECT_EQ(prune->objects.size(), 1U);
}

TEST_F(PruneGuard, nothing_to_prune_is_no_large_prune) { EXPECT_FALSE(guard({"new"})); }

TEST_F(PruneGuard, four_objects_go_where_others_stay) {
  live_names(4);
  lives("kept");
  EXPECT_FALSE(guard({"kept"}));
}

TEST_F(PruneGuard, five_of_nine_are_more_than_half_and_five_of_ten_are_not) {
  live_names(5);
  for (const auto* name : {"a", "b", "c", "d"}) lives(name);
  EXPECT_TRUE(guard({"a", "b", "c", "d"}));
  lives("e");
  EXPECT_FALSE(guard({"a", "b", "c", "d", "e"}));
  EXPECT_TRUE(guard({"a", "b", "c", "d", "e"}, 0.4));
}

TEST_F(PruneGuard, a_small_set_may_be_replaced_object_by_object) {
  live_names(2);
  EXPECT_FALSE(guard({"new-a", "new-b"}));
  EXPECT_TRUE(guard({"new-a"}));
}

TEST_F(PruneGuard, the_next_generation_of_a_generated_object_is_no_prune) {
  for (int i = 0; i < 6; ++i) lives("settings-" + std::to_string(i) + "-2457689bcd");
  std::vector<std::string> next;
  for (int i = 0; i < 6; ++i) next.push_back("settings-" + std::to_string(i) + "-dcb9867542");
  EXPECT_FALSE(guard(next));
  next.clear();
  EXPECT_TRUE(guard(next));
}

TEST_F(PruneGuard, the_digest_is_of_just_these_objects) {
  live_names(5);
  const auto first = guard({});
  EXPECT_EQ(guard({})->digest, first->digest);
  lives("old-0", "another uid");
  EXPECT_NE(guard({})->digest, first->digest);
  EXPECT_EQ(guard({})->target, first->target);
}

}  // namespace
}  // namespace reconciler::sync
