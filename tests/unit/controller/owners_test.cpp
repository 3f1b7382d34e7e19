#include "controller/owners.h"

#include <map>

#include <gtest/gtest.h>

namespace reconciler::controller {
namespace {

constexpr const char* kOurs = "applyset-ours-v1";
constexpr const char* kTheirs = "applyset-theirs-v1";
constexpr const char* kGone = "applyset-gone-v1";

ObjectKey config_map(const std::string& name) { return {{"", "ConfigMap"}, "spira", name}; }

std::optional<std::string> parent_of(const std::string& part_of) {
  if (part_of == kOurs) return "ours";
  if (part_of == kTheirs) return "theirs";
  return std::nullopt;
}

class OwnersTest : public ::testing::Test {
 protected:
  void lives(const std::string& name, const std::string& part_of, const std::string& digest) {
    sync::LiveMember member;
    member.key = config_map(name);
    member.part_of = part_of;
    member.digest = digest;
    live_[member.key] = std::make_shared<const sync::LiveMember>(member);
  }
  std::string owner(const std::string& name) const { return live_.at(config_map(name))->part_of; }

  sync::LiveSet live_;
};

TEST_F(OwnersTest, what_an_environment_left_behind_belongs_to_nobody) {
  lives("a", kGone, "digest");
  const auto before = live_.at(config_map("a"));
  free_orphans(live_, kOurs, parent_of);
  EXPECT_EQ(owner("a"), "");
  EXPECT_EQ(before->part_of, kGone) << "members are shared and never changed";
}

TEST_F(OwnersTest, members_of_environments_that_live_stay_theirs) {
  lives("a", kOurs, "digest");
  lives("b", kTheirs, "digest");
  free_orphans(live_, kOurs, parent_of);
  EXPECT_EQ(owner("a"), kOurs);
  EXPECT_EQ(owner("b"), kTheirs);
}

TEST_F(OwnersTest, ours_are_ours_before_our_own_resource_lives) {
  lives("a", kGone, "digest");
  free_orphans(live_, kGone, parent_of);
  EXPECT_EQ(owner("a"), kGone);
}

TEST_F(OwnersTest, what_another_tool_applied_stays_in_its_apply_set) {
  lives("a", kGone, "");
  free_orphans(live_, kOurs, parent_of);
  EXPECT_EQ(owner("a"), kGone);
}

TEST_F(OwnersTest, a_blocked_step_names_the_environment_whose_the_object_is) {
  lives("a", kTheirs, "digest");
  lives("b", kGone, "");
  sync::Plan plan;
  plan.steps = {{config_map("a"), sync::Action::kBlocked, "belongs to ApplySet x", nullptr, "", "v1"},
                {config_map("b"), sync::Action::kBlocked, "belongs to ApplySet y", nullptr, "", "v1"},
                {config_map("c"), sync::Action::kCreate, "does not exist yet", nullptr, "", "v1"}};
  name_owners(plan, live_, "ours", parent_of, [](const auto&) { return std::nullopt; });
  EXPECT_EQ(plan.steps[0].reason, "belongs to environment 'theirs', not to 'ours'");
  EXPECT_EQ(plan.steps[1].reason, std::string("belongs to ApplySet ") + kGone + ", whose parent is not to be found");
  EXPECT_EQ(plan.steps[2].reason, "does not exist yet");
}

TEST_F(OwnersTest, a_blocked_step_names_the_parent_of_another_tools_apply_set) {
  lives("a", kGone, "");
  sync::Plan plan;
  plan.steps = {{config_map("a"), sync::Action::kBlocked, "", nullptr, "", "v1"}};
  const auto find_parent = [](const std::string& part_of) {
    return part_of == kGone ? std::optional(ObjectKey{{"", "Secret"}, "tools", "shop"}) : std::nullopt;
  };
  name_owners(plan, live_, "ours", parent_of, find_parent);
  EXPECT_EQ(plan.steps[0].reason, std::string("belongs to ApplySet ") + kGone + " of Secret tools/shop");
}

}  // namespace
}  // namespace reconciler::controller
