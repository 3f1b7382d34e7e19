#include "sync/turns.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sets.h"

namespace reconciler::sync {
namespace {

using health::HealthStatus;
using test::config_map;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

Json in_wave(Json body, const std::string& wave) {
  body["metadata"]["annotations"]["gitops.spira.dev/wave"] = wave;
  return body;
}

Json after(Json body, const std::string& references) {
  body["metadata"]["annotations"]["gitops.spira.dev/depends-on"] = references;
  return body;
}

ObjectKey key_of_map(const std::string& name) { return {{"", "ConfigMap"}, "default", name}; }

/// Three ConfigMaps a, b and c, in waves or dependencies as a test wants, of which some live.
class Turns : public ::testing::Test {
 protected:
  void want(const std::vector<Json>& bodies) { set_ = placed(bodies, cluster_); }

  /// It lives as Git says, and does so.
  void lives(const std::string& name, HealthStatus health = HealthStatus::kHealthy) {
    auto& member = put(key_of_map(name));
    member.digest = set_.find(member.key)->digest;
    member.health = {health, "said by the test"};
  }

  /// It lives as an earlier commit said.
  void lives_old(const std::string& name) { put(key_of_map(name)).digest = "old"; }

  void is_left(const std::string& name, int wave) { put(key_of_map(name)).wave = wave; }

  LiveMember& put(const ObjectKey& key) {
    auto member = std::make_shared<LiveMember>();
    member->key = key;
    member->part_of = kOurs;
    member->uid = "uid";
    member->applied_fields = member->owned_fields = "fields";
    live_[key] = member;
    return *member;
  }

  /// What the steps that write wait for, by name; "" for those whose turn it is.
  std::map<std::string, std::string> turns(const Policy& policy = {}) {
    plan_ = make_plan(set_, live_, policy);
    std::map<std::string, std::string> turns;
    for (const auto& step : plan_.steps) {
      if (step.writes()) turns[step.key.name] = step.waits_for;
    }
    return turns;
  }

  std::vector<std::string> awaited() const {
    std::vector<std::string> names;
    for (const auto& each : plan_.awaited) names.push_back(each.key.name + " " + health::to_string(each.health.status));
    return names;
  }

  test::FakeCluster cluster_;
  DesiredSet set_;
  LiveSet live_;
  Plan plan_;
};

TEST_F(Turns, what_git_leaves_alone_holds_nobody_whether_it_lives_or_not) {
  auto alone = in_wave(config_map("default", "a", "1"), "1");
  alone["metadata"]["annotations"]["gitops.spira.dev/apply"] = "Ignore";
  want({alone, in_wave(config_map("default", "b", "1"), "2")});
  EXPECT_THAT(turns(), ElementsAre(Pair("b", "")));
}

TEST_F(Turns, the_first_wave_goes_and_the_others_wait_for_it) {
  want({config_map("", "a"), in_wave(config_map("", "b"), "1"), in_wave(config_map("", "c"), "2")});
  EXPECT_THAT(turns(), ElementsAre(Pair("a", ""), Pair("b", "wave 0"), Pair("c", "wave 0")));
  EXPECT_FALSE(plan_.only_waits());
}

TEST_F(Turns, a_wave_goes_once_the_one_before_is_applied_and_healthy) {
  want({config_map("", "a"), in_wave(config_map("", "b"), "1"), in_wave(config_map("", "c"), "2")});
  lives("a");
  EXPECT_THAT(turns(), ElementsAre(Pair("b", ""), Pair("c", "wave 1")));
}

TEST_F(Turns, a_wave_waits_while_the_one_before_is_not_healthy) {
  want({config_map("", "a"), in_wave(config_map("", "b"), "1")});
  for (const auto health : {HealthStatus::kProgressing, HealthStatus::kDegraded, HealthStatus::kUnknown}) {
    lives("a", health);
    EXPECT_THAT(turns(), ElementsAre(Pair("b", "wave 0")));
    EXPECT_THAT(awaited(), ElementsAre(std::string("a ") + health::to_string(health)));
    EXPECT_TRUE(plan_.only_waits());
  }
}

TEST_F(Turns, what_git_itself_suspends_holds_nothing_up) {
  want({config_map("", "a"), in_wave(config_map("", "b"), "1")});
  lives("a", HealthStatus::kSuspended);
  EXPECT_THAT(turns(), ElementsAre(Pair("b", "")));
}

TEST_F(Turns, a_healthy_object_of_an_earlier_commit_is_not_enough) {
  want({config_map("", "a"), in_wave(config_map("", "b"), "1")});
  lives_old("a");
  EXPECT_THAT(turns(), ElementsAre(Pair("a", ""), Pair("b", "wave 0")));
}

TEST_F(Turns, an_object_that_is_being_deleted_is_waited_for) {
  want({config_map("", "a"), in_wave(config_map("", "b"), "1")});
  put(key_of_map("a")).being_deleted = true;
  EXPECT_THAT(turns(), ElementsAre(Pair("b", "wave 0")));
  EXPECT_TRUE(plan_.only_waits());
}

TEST_F(Turns, only_what_holds_others_up_is_named) {
  want({config_map("", "a"), in_wave(config_map("", "b"), "1")});
  lives("a");
  lives("b", HealthStatus::kProgressing);
  EXPECT_THAT(turns(), IsEmpty());
  EXPECT_THAT(awaited(), IsEmpty());
}

TEST_F(Turns, an_object_waits_for_what_it_depends_on_and_the_others_do_not) {
  want({after(config_map("", "a"), "/ConfigMap/default/c"), config_map("", "b"), config_map("", "c")});
  EXPECT_THAT(turns(), ElementsAre(Pair("a", "ConfigMap default/c"), Pair("b", ""), Pair("c", "")));
  lives("c", HealthStatus::kProgressing);
  EXPECT_THAT(turns(), ElementsAre(Pair("a", "ConfigMap default/c"), Pair("b", "")));
  EXPECT_THAT(awaited(), ElementsAre("c Progressing"));
  lives("c");
  EXPECT_THAT(turns(), ElementsAre(Pair("a", ""), Pair("b", "")));
}

TEST_F(Turns, drift_is_put_back_without_waiting) {
  want({config_map("", "a"), in_wave(config_map("", "b"), "1")});
  lives("a", HealthStatus::kDegraded);
  lives("b");
  live_[key_of_map("b")] = [&] {
    auto edited = *live_[key_of_map("b")];
    edited.owned_fields = "others";
    return std::make_shared<const LiveMember>(edited);
  }();
  EXPECT_THAT(turns(), ElementsAre(Pair("b", "")));
}

TEST_F(Turns, what_is_missing_once_all_was_applied_is_drift) {
  want({config_map("", "a"), in_wave(config_map("", "b"), "1")});
  lives("a", HealthStatus::kDegraded);
  EXPECT_THAT(turns({.in_order = false}), ElementsAre(Pair("b", "")));
}

TEST_F(Turns, a_resync_of_what_is_as_git_says_has_no_order) {
  want({config_map("", "a"), in_wave(config_map("", "b"), "1")});
  lives("a");
  lives("b");
  EXPECT_THAT(turns({.apply_all = true}), ElementsAre(Pair("a", ""), Pair("b", "")));
}

TEST_F(Turns, what_is_in_a_namespace_that_waits_waits_with_it) {
  want({after(test::object("v1", "Namespace", "", "spira"), "/ConfigMap/default/a"), config_map("spira", "b"),
        config_map("", "a")});
  EXPECT_THAT(turns(), ElementsAre(Pair("a", ""), Pair("b", "Namespace spira"), Pair("spira", "ConfigMap default/a")));
}

TEST_F(Turns, nothing_is_pruned_while_something_waits_to_be_applied) {
  want({config_map("", "a"), in_wave(config_map("", "b"), "1")});
  is_left("old", 0);
  EXPECT_THAT(turns(), ElementsAre(Pair("a", ""), Pair("b", "wave 0"), Pair("old", "what is to be applied first")));
  lives("a");
  EXPECT_THAT(turns(), ElementsAre(Pair("b", ""), Pair("old", "")));
}

TEST_F(Turns, pruning_goes_from_the_last_wave_to_the_first) {
  want({});
  is_left("first", -1);
  is_left("last", 3);
  is_left("middle", 0);
  EXPECT_THAT(turns(), ElementsAre(Pair("first", "wave 3, which goes first"), Pair("last", ""),
                                   Pair("middle", "wave 3, which goes first")));
  EXPECT_EQ(plan_.steps.front().key.name, "last");
}

TEST_F(Turns, a_wave_is_pruned_once_the_later_one_is_gone) {
  want({});
  is_left("first", -1);
  put(key_of_map("last")).being_deleted = true;
  EXPECT_THAT(turns(), ElementsAre(Pair("first", "wave 0, which goes first")));
  live_.erase(key_of_map("last"));
  EXPECT_THAT(turns(), ElementsAre(Pair("first", "")));
}

}  // namespace
}  // namespace reconciler::sync
