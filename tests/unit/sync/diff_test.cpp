#include "sync/diff.h"

#include <ostream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "object/redact.h"
#include "sets.h"
#include "sync/names.h"

namespace reconciler::sync {

static void PrintTo(const FieldChange& change, std::ostream* out) {
  *out << change.path << ": " << change.before.value_or("-") << " -> " << change.after.value_or("-");
}

namespace {

using test::config_map;
using test::deployment;
using test::object;
using Changes = std::vector<FieldChange>;

constexpr const char* kCanary = "canary-7d21";

TEST(DiffFields, equal_objects_have_none) {
  EXPECT_TRUE(diff_fields(deployment("spira", "a"), deployment("spira", "a")).empty());
}

TEST(DiffFields, fields_that_changed_came_and_went_are_told_by_path) {
  Json before = deployment("spira", "a", 1);
  before["spec"]["paused"] = true;
  Json after = deployment("spira", "a", 2);
  after["spec"]["minReadySeconds"] = 5;
  EXPECT_EQ(diff_fields(before, after), (Changes{{"spec.minReadySeconds", std::nullopt, "5"},
                                                 {"spec.paused", "true", std::nullopt},
                                                 {"spec.replicas", "1", "2"}}));
}

TEST(DiffFields, keys_that_are_no_words_are_quoted) {
  Json before = config_map("spira", "a");
  Json after = before;
  before["data"]["app.conf"] = "1";
  after["data"]["app.conf"] = "2";
  EXPECT_EQ(diff_fields(before, after), (Changes{{"data[\"app.conf\"]", "\"1\"", "\"2\""}}));
}

TEST(DiffFields, items_with_names_are_matched_by_them) {
  Json before = deployment("spira", "a");
  Json after = before;
  before["spec"]["containers"] = {{{"name", "main"}, {"image", "a:1"}}, {{"name", "side"}, {"image", "b:1"}}};
  after["spec"]["containers"] = {{{"name", "side"}, {"image", "b:1"}}, {{"name", "main"}, {"image", "a:2"}}};
  EXPECT_EQ(diff_fields(before, after), (Changes{{"spec.containers[name=main].image", "\"a:1\"", "\"a:2\""}}));
}

TEST(DiffFields, other_items_are_matched_by_their_place) {
  Json before = deployment("spira", "a");
  Json after = before;
  before["spec"]["args"] = {"x", "y"};
  after["spec"]["args"] = {"x", "z", "w"};
  EXPECT_EQ(diff_fields(before, after),
            (Changes{{"spec.args[1]", "\"y\"", "\"z\""}, {"spec.args[2]", std::nullopt, "\"w\""}}));
}

TEST(DiffFields, what_the_server_keeps_for_itself_is_passed_over) {
  Json before = deployment("spira", "a");
  Json after = before;
  for (const auto* field : {"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"}) {
    before["metadata"][field] = "1";
    after["metadata"][field] = "2";
  }
  after["status"] = {{"replicas", 1}};
  EXPECT_TRUE(diff_fields(before, after).empty());
}

TEST(DiffFields, our_own_annotations_are_passed_over_on_a_new_map_too) {
  const Json before = deployment("spira", "a");
  Json after = before;
  after["metadata"]["annotations"] = {{kDigestAnnotation, "d"}, {kFieldsAnnotation, "f"}, {"note", "new"}};
  EXPECT_EQ(diff_fields(before, after), (Changes{{"metadata.annotations.note", std::nullopt, "\"new\""}}));
}

Json secret(const Json& data) {
  Json body = object("v1", "Secret", "spira", "credentials");
  body["data"] = data;
  return body;
}

TEST(DiffFields, values_of_a_secret_are_hidden) {
  for (const Json& after :
       {Json{{"key", kCanary}}, Json{{"key", "other"}, {"tls.crt", kCanary}}, Json(kCanary), Json::array({kCanary})}) {
    for (const auto& change : diff_fields(secret({{"key", "before"}}), secret(after))) {
      EXPECT_EQ(change.after.value_or(kRedacted), kRedacted) << change.path;
      EXPECT_EQ(change.before.value_or(kRedacted), kRedacted) << change.path;
    }
  }
}

TEST(DiffFields, the_copy_that_kubectl_keeps_of_a_secret_is_not_shown) {
  const Json before = secret({{"key", "value"}});
  Json after = before;
  after["metadata"]["annotations"] = {{"kubectl.kubernetes.io/last-applied-configuration", kCanary}};
  EXPECT_TRUE(diff_fields(before, after).empty());
  EXPECT_TRUE(diff_fields(after, before).empty());
}

class Explaining : public ::testing::Test {
 protected:
  void sync(const std::vector<Json>& bodies) {
    const auto set = placed(bodies, cluster_);
    auto plan = make_plan(set, live_of(cluster_), {});
    FakeLiveView view;
    auto admission = admit(set, plan, cluster_, {}, {}).value();
    const auto execution = execute(set, admission, cluster_, view, {}, {});
    ASSERT_FALSE(execution.error);
    cluster_.forget_calls();
  }

  std::vector<ObjectDiff> explained(const std::vector<Json>& bodies) {
    set_ = placed(bodies, cluster_);
    plan_ = make_plan(set_, list_live(set_, {{{"", "ConfigMap"}, {"apps", "Deployment"}}, {}}, cluster_).value(), {});
    return explain(set_, plan_, cluster_).value();
  }

  test::FakeCluster cluster_;
  DesiredSet set_;
  Plan plan_;
};

TEST_F(Explaining, a_set_that_is_in_sync_has_nothing_to_tell) {
  const std::vector<Json> bodies{config_map("", "a"), deployment("", "b")};
  sync(bodies);
  EXPECT_TRUE(explained(bodies).empty());
}

TEST_F(Explaining, what_would_be_created_changed_and_pruned_is_told_and_nothing_is_done) {
  sync({config_map("", "old"), deployment("", "b", 1)});
  const auto diffs = explained({config_map("", "new"), deployment("", "b", 2)});
  ASSERT_EQ(diffs.size(), 3U);
  EXPECT_EQ(diffs[0].step.action, Action::kCreate);
  EXPECT_TRUE(diffs[0].changes.empty());
  EXPECT_EQ(diffs[1].step.action, Action::kChange);
  EXPECT_EQ(diffs[1].changes, (Changes{{"spec.replicas", "1", "2"}}));
  EXPECT_EQ(diffs[2].step.action, Action::kPrune);
  EXPECT_TRUE(cluster_.writes().empty());
}

TEST_F(Explaining, a_field_that_somebody_changed_is_shown_as_it_would_be_put_back) {
  sync({deployment("", "b", 1)});
  cluster_.edit({{"apps", "Deployment"}, "default", "b"}, {{"spec", {{"replicas", 9}}}});
  const auto diffs = explained({deployment("", "b", 1)});
  ASSERT_EQ(diffs.size(), 1U);
  EXPECT_EQ(diffs[0].step.action, Action::kRevert);
  EXPECT_EQ(diffs[0].changes, (Changes{{"spec.replicas", "9", "1"}}));
}

TEST_F(Explaining, a_cluster_that_goes_away_is_an_error) {
  sync({deployment("", "b", 1)});
  const auto set = placed({deployment("", "b", 2)}, cluster_);
  const auto plan = make_plan(set, live_of(cluster_), {});
  cluster_.go_down();
  EXPECT_EQ(explain(set, plan, cluster_).error().kind, ErrorKind::kUnavailable);
}

class Listing : public Explaining {};

TEST_F(Listing, finds_every_member_by_its_key) {
  sync({config_map("", "a"), config_map("", "b"), deployment("", "c")});
  const auto set = placed({config_map("", "a")}, cluster_);
  const auto live = list_live(set, {{{"apps", "Deployment"}}, {}}, cluster_).value();
  EXPECT_EQ(live.size(), 3U);
  for (const auto& [key, member] : live) EXPECT_EQ(member->key, key);
  EXPECT_EQ(live.count({{"apps", "Deployment"}, "default", "c"}), 1U);
}

TEST_F(Listing, passes_over_members_of_other_sets_unless_git_names_them) {
  for (const auto* name : {"a", "b"}) {
    Json theirs = config_map("default", name);
    theirs["metadata"]["labels"] = {{kPartOfLabel, kTheirs}};
    cluster_.put(theirs);
  }
  const auto set = placed({config_map("", "a")}, cluster_);
  const auto live = list_live(set, {}, cluster_).value();
  ASSERT_EQ(live.size(), 1U);
  EXPECT_EQ(live.begin()->second->part_of, kTheirs);
}

TEST_F(Listing, kinds_that_are_not_served_have_no_members) {
  const auto set = placed({}, cluster_);
  EXPECT_TRUE(list_live(set, {{{"example.org", "Widget"}}, {}}, cluster_).value().empty());
}

TEST_F(Listing, a_cluster_out_of_reach_is_an_error) {
  const auto set = placed({config_map("", "a")}, cluster_);
  cluster_.go_down();
  EXPECT_EQ(list_live(set, {}, cluster_).error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace reconciler::sync
