#include "sync/plan.h"

#include <algorithm>
#include <limits>

#include <gtest/gtest.h>

#include "object/kind_order.h"
#include "sets.h"
#include "sync/names.h"

namespace reconciler::sync {
namespace {

using test::config_map;
using test::deployment;

class Planning : public ::testing::Test {
 protected:
  /// A member of our set that is as Git says.
  LiveMember as_git_says(const Desired& desired) const {
    LiveMember member;
    member.key = desired.key;
    member.api_version = desired.manifest->api_version;
    member.uid = "uid";
    member.part_of = kOurs;
    member.digest = desired.digest;
    member.applied_fields = member.owned_fields = "fields";
    return member;
  }

  LiveMember leftover(const ObjectKey& key) const {
    LiveMember member;
    member.key = key;
    member.api_version = "v1";
    member.uid = "uid-" + key.name;
    member.part_of = kOurs;
    member.applied_fields = member.owned_fields = "fields";
    return member;
  }

  void lives(LiveMember member) {
    const auto key = member.key;
    live_[key] = std::make_shared<const LiveMember>(std::move(member));
  }

  /// The only step of the plan.
  Step only_step(const DesiredSet& set, const Policy& policy = {}) const {
    const auto plan = make_plan(set, live_, policy);
    EXPECT_EQ(plan.steps.size(), 1U);
    return plan.steps.at(0);
  }

  test::FakeCluster cluster_;
  DesiredSet one_ = placed({config_map("spira", "settings")}, cluster_);
  DesiredSet nothing_ = placed({}, cluster_);
  LiveSet live_;
};

TEST_F(Planning, an_object_that_does_not_live_is_created) {
  const auto step = only_step(one_);
  EXPECT_EQ(step.action, Action::kCreate);
  EXPECT_EQ(step.uid, "");
  EXPECT_EQ(step.api_version, "v1");
  EXPECT_EQ(step.desired, &one_.objects[0]);
}

TEST_F(Planning, an_object_of_nobody_is_adopted) {
  auto member = as_git_says(one_.objects[0]);
  member.part_of.clear();
  lives(member);
  EXPECT_EQ(only_step(one_).action, Action::kAdopt);
  EXPECT_EQ(only_step(one_).uid, "uid");
}

TEST_F(Planning, an_object_as_git_says_is_kept_without_a_word) {
  lives(as_git_says(one_.objects[0]));
  const auto step = only_step(one_);
  EXPECT_EQ(step.action, Action::kKeep);
  EXPECT_EQ(step.reason, "");
  EXPECT_TRUE(make_plan(one_, live_, {}).nothing_to_do());
}

TEST_F(Planning, what_git_says_anew_is_a_change) {
  auto member = as_git_says(one_.objects[0]);
  member.digest = "before";
  lives(member);
  EXPECT_EQ(only_step(one_).action, Action::kChange);
}

TEST_F(Planning, what_somebody_changed_is_reverted) {
  auto member = as_git_says(one_.objects[0]);
  member.owned_fields = "fewer";
  lives(member);
  EXPECT_EQ(only_step(one_).action, Action::kRevert);
}

TEST_F(Planning, without_self_heal_a_foreign_change_is_tolerated) {
  auto member = as_git_says(one_.objects[0]);
  member.owned_fields = "fewer";
  lives(member);
  EXPECT_EQ(only_step(one_, {.self_heal = false}).action, Action::kTolerate);
  EXPECT_TRUE(make_plan(one_, live_, {.self_heal = false}).nothing_to_do());
}

/// Of an environment that does not heal itself, once all that Git says was applied.
const Policy kLeftAsItIs{.self_heal = false, .in_order = false};

TEST_F(Planning, without_self_heal_what_was_deleted_stays_away_once_all_was_applied) {
  const auto step = only_step(one_, kLeftAsItIs);
  EXPECT_EQ(step.action, Action::kTolerate);
  EXPECT_EQ(step.uid, "");
  EXPECT_NE(step.reason.find("was deleted in the cluster"), std::string::npos) << step.reason;
  EXPECT_TRUE(make_plan(one_, live_, kLeftAsItIs).nothing_to_do());
  EXPECT_EQ(only_step(one_, {.self_heal = true, .in_order = false}).action, Action::kCreate);
}

TEST_F(Planning, without_self_heal_what_a_commit_brings_is_created) {
  EXPECT_EQ(only_step(one_, {.self_heal = false, .in_order = true}).action, Action::kCreate);
}

TEST_F(Planning, without_self_heal_what_lost_its_mark_is_not_taken_again_once_all_was_applied) {
  auto member = as_git_says(one_.objects[0]);
  member.part_of.clear();
  lives(member);
  const auto step = only_step(one_, kLeftAsItIs);
  EXPECT_EQ(step.action, Action::kTolerate);
  EXPECT_EQ(step.uid, "uid");
  EXPECT_EQ(only_step(one_, {.self_heal = false, .in_order = true}).action, Action::kAdopt);
}

TEST_F(Planning, without_self_heal_nobody_says_that_what_goes_is_made_again) {
  auto member = as_git_says(one_.objects[0]);
  member.being_deleted = true;
  lives(member);
  EXPECT_EQ(only_step(one_, kLeftAsItIs).action, Action::kWait);
  EXPECT_EQ(only_step(one_, kLeftAsItIs).reason, "is being deleted; selfHeal is off");
}

TEST_F(Planning, a_change_in_git_goes_through_without_self_heal_too) {
  auto member = as_git_says(one_.objects[0]);
  member.owned_fields = "fewer";
  member.digest = "before";
  lives(member);
  EXPECT_EQ(only_step(one_, {.self_heal = false}).action, Action::kChange);
}

TEST_F(Planning, a_resync_applies_what_is_in_sync_too) {
  lives(as_git_says(one_.objects[0]));
  EXPECT_EQ(only_step(one_, {.apply_all = true}).action, Action::kChange);
}

TEST_F(Planning, what_is_contested_is_left_for_now_unless_git_says_something_new) {
  auto member = as_git_says(one_.objects[0]);
  member.owned_fields = "fewer";
  lives(member);
  const Policy policy{.contested = {one_.objects[0].key}};
  EXPECT_EQ(only_step(one_, policy).action, Action::kTolerate);
  member.digest = "before";
  lives(member);
  EXPECT_EQ(only_step(one_, policy).action, Action::kChange);
  live_.clear();
  EXPECT_EQ(only_step(one_, policy).action, Action::kTolerate);
}

TEST_F(Planning, what_a_look_at_the_content_found_is_drift) {
  lives(as_git_says(one_.objects[0]));
  EXPECT_EQ(only_step(one_, {.different = {one_.objects[0].key}}).action, Action::kRevert);
}

DesiredSet placed_with(const std::string& annotation, const std::string& value, kube::Cluster& cluster) {
  auto body = config_map("spira", "settings");
  body["metadata"]["annotations"][annotation] = value;
  return placed({body}, cluster);
}

TEST_F(Planning, if_not_present_makes_an_object_and_leaves_one_that_lives) {
  const auto set = placed_with(kApplyAnnotation, "IfNotPresent", cluster_);
  EXPECT_EQ(only_step(set).action, Action::kCreate);
  for (const auto* owner : {"", kOurs, kTheirs}) {
    auto member = as_git_says(set.objects[0]);
    member.part_of = owner;
    member.digest = "before";
    lives(member);
    EXPECT_EQ(only_step(set).action, Action::kSkip) << owner;
  }
}

TEST_F(Planning, what_is_made_once_is_looked_for_also_without_self_heal) {
  const auto set = placed_with(kApplyAnnotation, "IfNotPresent", cluster_);
  EXPECT_EQ(only_step(set, kLeftAsItIs).action, Action::kCreate);
}

TEST_F(Planning, ignore_leaves_an_object_alone_whether_it_lives_or_not) {
  const auto set = placed_with(kApplyAnnotation, "Ignore", cluster_);
  EXPECT_EQ(only_step(set).action, Action::kSkip);
  lives(as_git_says(set.objects[0]));
  EXPECT_EQ(only_step(set).action, Action::kSkip);
  EXPECT_TRUE(make_plan(set, live_, {}).nothing_to_do());
}

TEST_F(Planning, a_deletion_that_a_finalizer_holds_up_names_it) {
  auto member = leftover({{"", "ConfigMap"}, "spira", "old"});
  member.being_deleted = true;
  member.held_by = "example.org/hold";
  lives(member);
  EXPECT_NE(only_step(nothing_).reason.find("example.org/hold"), std::string::npos);
}

TEST_F(Planning, an_object_under_deletion_is_waited_for) {
  auto member = as_git_says(one_.objects[0]);
  member.being_deleted = true;
  lives(member);
  EXPECT_EQ(only_step(one_).action, Action::kWait);
  EXPECT_EQ(only_step(one_, {.apply_all = true}).action, Action::kWait);
}

TEST_F(Planning, an_object_of_another_set_is_left_to_a_person) {
  auto member = as_git_says(one_.objects[0]);
  member.part_of = kTheirs;
  lives(member);
  const auto step = only_step(one_);
  EXPECT_EQ(step.action, Action::kBlocked);
  EXPECT_NE(step.reason.find(kTheirs), std::string::npos);
  EXPECT_FALSE(step.applies());
  EXPECT_FALSE(make_plan(one_, live_, {}).nothing_to_do());
}

TEST_F(Planning, a_member_that_left_git_is_pruned_by_its_uid) {
  lives(leftover({{"", "ConfigMap"}, "spira", "old"}));
  const auto step = only_step(nothing_);
  EXPECT_EQ(step.action, Action::kPrune);
  EXPECT_EQ(step.uid, "uid-old");
  EXPECT_EQ(step.api_version, "v1");
  EXPECT_EQ(step.desired, nullptr);
}

TEST_F(Planning, what_has_our_label_and_no_field_of_ours_never_was_in_git) {
  cluster_.serve({"", "Endpoints"}, "v1", true);
  auto copied = leftover({{"", "Endpoints"}, "spira", "web"});
  copied.applied_fields = copied.owned_fields = "";
  lives(copied);
  EXPECT_TRUE(make_plan(nothing_, live_, {}).steps.empty());
  EXPECT_TRUE(make_plan(nothing_, live_, {.protect = false}).steps.empty());
  const auto theirs = placed({test::object("v1", "Endpoints", "spira", "web")}, cluster_);
  copied.part_of = kTheirs;
  lives(copied);
  EXPECT_EQ(only_step(theirs).action, Action::kBlocked);
}

TEST_F(Planning, what_left_git_goes_from_the_last_wave_to_the_first) {
  for (const auto& [name, wave] : {std::pair("a", std::numeric_limits<int>::min()), {"b", 0}, {"c", 5}}) {
    auto member = leftover({{"", "ConfigMap"}, "spira", name});
    member.wave = wave;
    lives(member);
  }
  std::string names;
  for (const auto& step : make_plan(nothing_, live_, {}).steps) names += step.key.name;
  EXPECT_EQ(names, "cba");
}

TEST_F(Planning, objects_of_others_are_never_pruned) {
  for (const auto* owner : {"", kTheirs}) {
    auto member = leftover({{"", "ConfigMap"}, "spira", "old"});
    member.part_of = owner;
    lives(member);
    for (const bool protect : {true, false}) {
      EXPECT_TRUE(make_plan(nothing_, live_, {.apply_all = true, .protect = protect}).steps.empty()) << owner;
    }
  }
}

TEST_F(Planning, nothing_is_pruned_where_prune_is_off) {
  lives(leftover({{"", "ConfigMap"}, "spira", "old"}));
  EXPECT_EQ(only_step(nothing_, {.prune = false}).action, Action::kRetain);
  EXPECT_TRUE(make_plan(nothing_, live_, {.prune = false}).nothing_to_do());
}

TEST_F(Planning, an_annotation_keeps_what_left_git) {
  auto member = leftover({{"", "ConfigMap"}, "spira", "old"});
  member.prune = "disabled";
  lives(member);
  EXPECT_EQ(only_step(nothing_).action, Action::kRetain);
}

TEST_F(Planning, an_annotation_with_a_word_that_nobody_knows_keeps_what_left_git) {
  for (const auto* word : {"disable", "false", "Confirmed"}) {
    auto member = leftover({{"", "ConfigMap"}, "spira", "old"});
    member.prune = word;
    lives(member);
    for (const bool protect : {true, false}) {
      const auto step = only_step(nothing_, {.protect = protect});
      EXPECT_EQ(step.action, Action::kRetain) << word;
      EXPECT_FALSE(step.is_confirmed);
      EXPECT_NE(step.reason.find(std::string(kPruneAnnotation) + ": " + word), std::string::npos) << step.reason;
    }
  }
}

TEST_F(Planning, what_holds_other_things_is_pruned_only_when_confirmed) {
  for (const auto& type : {GroupKind{"", "Namespace"}, GroupKind{"apiextensions.k8s.io", "CustomResourceDefinition"},
                           GroupKind{"", "PersistentVolumeClaim"}}) {
    live_.clear();
    auto member = leftover({type, "", "old"});
    lives(member);
    EXPECT_EQ(only_step(nothing_).action, Action::kRetain) << type.text();
    member.prune = "confirmed";
    lives(member);
    EXPECT_EQ(only_step(nothing_).action, Action::kPrune) << type.text();
  }
}

TEST_F(Planning, without_protection_all_members_go_but_those_that_are_never_pruned) {
  auto disabled = leftover({{"", "ConfigMap"}, "spira", "old"});
  disabled.prune = "disabled";
  lives(disabled);
  lives(leftover({{"", "ConfigMap"}, "spira", "older"}));
  lives(leftover({{"", "Namespace"}, "", "other"}));
  EXPECT_EQ(make_plan(nothing_, live_, {.protect = false}).count(Action::kPrune), 2U);
}

TEST_F(Planning, a_namespace_stays_with_what_is_kept_in_it) {
  lives(leftover({{"", "PersistentVolumeClaim"}, "spira", "data"}));
  auto space = leftover({{"", "Namespace"}, "", "spira"});
  space.prune = "confirmed";
  lives(space);
  const auto plan = make_plan(nothing_, live_, {});
  EXPECT_EQ(plan.count(Action::kRetain), 2U);
  EXPECT_NE(plan.steps.back().reason.find("PersistentVolumeClaim spira/data"), std::string::npos);
}

TEST_F(Planning, what_objects_of_another_environment_stand_on_is_kept_whatever_lets_it_go) {
  auto space = leftover({{"", "Namespace"}, "", "shared"});
  space.prune = "confirmed";
  lives(space);
  for (const bool protect : {true, false}) {
    const auto step = only_step(nothing_, {.protect = protect, .shared = {{space.key, "other"}}});
    EXPECT_EQ(step.action, Action::kRetain);
    EXPECT_EQ(step.reason, "is no longer in Git; kept, since objects of environment 'other' stand on it");
  }
}

TEST_F(Planning, a_leftover_that_goes_already_is_not_pruned_again) {
  auto member = leftover({{"", "ConfigMap"}, "spira", "old"});
  member.being_deleted = true;
  lives(member);
  EXPECT_EQ(only_step(nothing_).action, Action::kWait);
  EXPECT_TRUE(make_plan(nothing_, live_, {}).nothing_to_do());
}

TEST_F(Planning, an_object_that_moved_to_another_namespace_is_created_there_and_pruned_here) {
  lives(leftover({{"", "ConfigMap"}, "before", "settings"}));
  const auto plan = make_plan(one_, live_, {});
  ASSERT_EQ(plan.steps.size(), 2U);
  EXPECT_EQ(plan.steps[0].action, Action::kCreate);
  EXPECT_EQ(plan.steps[1].action, Action::kPrune);
}

TEST_F(Planning, leftovers_come_last_and_in_the_reverse_order) {
  for (const auto& key :
       {ObjectKey{{"", "ConfigMap"}, "spira", "b"}, ObjectKey{{"", "ConfigMap"}, "spira", "a"},
        ObjectKey{{"apps", "Deployment"}, "spira", "old"}, ObjectKey{{"", "ServiceAccount"}, "spira", "old"},
        ObjectKey{{"example.org", "Widget"}, "spira", "old"},
        ObjectKey{{"admissionregistration.k8s.io", "ValidatingWebhookConfiguration"}, "", "old"}}) {
    lives(leftover(key));
  }
  const auto plan = make_plan(one_, live_, {});
  ASSERT_EQ(plan.steps.size(), 7U);
  EXPECT_NE(plan.steps[0].desired, nullptr);
  EXPECT_TRUE(std::is_sorted(plan.steps.begin() + 1, plan.steps.end(), [](const Step& a, const Step& b) {
    return apply_rank(a.key.type) > apply_rank(b.key.type);
  }));
  EXPECT_EQ(plan.steps[4].key.name, "a");
  EXPECT_EQ(plan.steps[5].key.name, "b");
}

TEST_F(Planning, every_object_has_exactly_one_step) {
  const auto set = placed({config_map("spira", "a"), deployment("spira", "b"), config_map("", "c")}, cluster_);
  for (const auto& desired : set.objects) lives(as_git_says(desired));
  lives(leftover({{"", "ConfigMap"}, "spira", "old"}));
  const auto plan = make_plan(set, live_, {});
  std::set<ObjectKey> keys;
  for (const auto& step : plan.steps) keys.insert(step.key);
  EXPECT_EQ(plan.steps.size(), 4U);
  EXPECT_EQ(keys.size(), 4U);
}

TEST_F(Planning, two_plans_of_one_state_are_equal) {
  for (int i = 0; i < 20; ++i) lives(leftover({{"", "ConfigMap"}, "spira", "old-" + std::to_string(i)}));
  const auto first = make_plan(one_, live_, {});
  const auto second = make_plan(one_, LiveSet(live_.begin(), live_.end(), 3), {});
  ASSERT_EQ(first.steps.size(), second.steps.size());
  for (std::size_t i = 0; i < first.steps.size(); ++i) EXPECT_EQ(first.steps[i].key, second.steps[i].key);
}

TEST(Action, only_what_changes_an_object_applies) {
  for (const auto action : {Action::kCreate, Action::kAdopt, Action::kChange, Action::kReplace, Action::kRevert})
    EXPECT_TRUE((Step{{}, action, "", nullptr, "", "", ""}).applies());
  for (const auto action : {Action::kKeep, Action::kTolerate, Action::kWait, Action::kPrune, Action::kRetain,
                            Action::kSkip, Action::kBlocked}) {
    EXPECT_FALSE((Step{{}, action, "", nullptr, "", "", ""}).applies()) << to_string(action);
  }
}

TEST(Action, every_action_has_its_own_word) {
  std::set<std::string> words;
  for (const auto action :
       {Action::kKeep, Action::kCreate, Action::kChange, Action::kRevert, Action::kTolerate, Action::kWait,
        Action::kPrune, Action::kRetain, Action::kBlocked, Action::kAdopt, Action::kReplace, Action::kSkip}) {
    words.insert(to_string(action));
  }
  EXPECT_EQ(words.size(), 12U);
}

}  // namespace
}  // namespace reconciler::sync
