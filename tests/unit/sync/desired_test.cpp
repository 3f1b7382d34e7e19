#include "sync/desired.h"

#include <gtest/gtest.h>

#include "object/kind_order.h"
#include "sets.h"
#include "sync/names.h"

namespace reconciler::sync {
namespace {

using test::config_map;
using test::definition;
using test::deployment;
using test::object;

class Placing : public ::testing::Test {
 protected:
  Result<DesiredSet> try_place(const std::vector<Json>& bodies) {
    return place(test::rendered(bodies), kOurs, "default", cluster_);
  }

  test::FakeCluster cluster_;
};

TEST_F(Placing, objects_without_a_namespace_go_to_the_default_one) {
  const auto set = placed({config_map("", "a"), config_map("spira", "b")}, cluster_);
  EXPECT_EQ(set.objects[0].key.namespace_, "default");
  EXPECT_EQ(set.objects[1].key.namespace_, "spira");
}

TEST_F(Placing, objects_of_cluster_scope_have_no_namespace) {
  const auto set = placed({object("rbac.authorization.k8s.io/v1", "ClusterRole", "spira", "reader")}, cluster_);
  EXPECT_EQ(set.objects[0].key.namespace_, "");
}

TEST_F(Placing, kinds_that_the_set_defines_need_no_cluster_that_serves_them) {
  const auto set = placed({object("example.org/v1", "Widget", "", "a"), object("example.org/v1", "Place", "", "b"),
                           definition("example.org", "Widget"), definition("example.org", "Place", "Cluster")},
                          cluster_);
  EXPECT_NE(set.find({{"example.org", "Widget"}, "default", "a"}), nullptr);
  EXPECT_NE(set.find({{"example.org", "Place"}, "", "b"}), nullptr);
}

TEST_F(Placing, an_environment_is_no_object_of_an_overlay) {
  const auto set = try_place({definition("gitops.spira.dev", "Environment", "Cluster"),
                              object("gitops.spira.dev/v1alpha1", "Environment", "", "dev")});
  ASSERT_FALSE(set);
  ASSERT_EQ(set.error().causes.size(), 1U);
  EXPECT_EQ(set.error().causes[0].where, "Environment.gitops.spira.dev dev");
}

TEST_F(Placing, all_objects_of_unknown_kinds_are_told_at_once) {
  Rendered manifests{test::manifest_of(object("example.org/v1", "Widget", "", "a"), "widgets.yaml:3"),
                     test::manifest_of(config_map("", "b")),
                     test::manifest_of(object("example.org/v1", "Place", "", "c"))};
  const auto set = place(std::make_shared<const Rendered>(manifests), kOurs, "default", cluster_);
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().kind, ErrorKind::kRejected);
  ASSERT_EQ(set.error().causes.size(), 2U);
  EXPECT_EQ(set.error().causes[0].where, "Widget.example.org a (widgets.yaml:3)");
}

TEST_F(Placing, a_version_that_is_not_served_is_an_unknown_kind) {
  const auto set = try_place({object("apps/v1beta1", "Deployment", "", "a")});
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().kind, ErrorKind::kRejected);
}

TEST_F(Placing, two_objects_that_meet_in_one_place_are_refused_and_both_are_named) {
  Rendered manifests{test::manifest_of(config_map("", "a"), "one.yaml:1"),
                     test::manifest_of(config_map("default", "a"), "two.yaml:1")};
  const auto set = place(std::make_shared<const Rendered>(manifests), kOurs, "default", cluster_);
  ASSERT_FALSE(set);
  ASSERT_EQ(set.error().causes.size(), 1U);
  const auto text = set.error().text();
  EXPECT_NE(text.find("one.yaml:1"), std::string::npos);
  EXPECT_NE(text.find("two.yaml:1"), std::string::npos);
}

TEST_F(Placing, a_cluster_out_of_reach_is_unavailable_and_not_a_refusal) {
  cluster_.go_down();
  const auto set = try_place({config_map("", "a")});
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().kind, ErrorKind::kUnavailable);
}

TEST_F(Placing, the_order_is_by_rank_and_then_as_rendered) {
  const auto set = placed({deployment("", "z"), config_map("", "z"), deployment("", "a"), config_map("", "a"),
                           object("v1", "Namespace", "", "spira")},
                          cluster_);
  std::vector<std::string> names;
  for (const auto& desired : set.objects) names.push_back(desired.key.text());
  EXPECT_EQ(names, (std::vector<std::string>{"Namespace spira", "ConfigMap default/z", "ConfigMap default/a",
                                             "Deployment.apps default/z", "Deployment.apps default/a"}));
}

TEST_F(Placing, every_object_is_found_by_its_key_and_no_other) {
  const auto set = placed({deployment("", "a"), config_map("", "a")}, cluster_);
  for (const auto& desired : set.objects) EXPECT_EQ(set.find(desired.key), &desired);
  EXPECT_EQ(set.find({{"", "Secret"}, "default", "a"}), nullptr);
}

TEST_F(Placing, the_digest_is_of_body_namespace_and_membership) {
  const auto digest = [&](const Json& body, const char* part_of, const char* namespace_) {
    return place(test::rendered({body}), part_of, namespace_, cluster_)->objects.at(0).digest;
  };
  const auto base = digest(config_map("", "a"), kOurs, "default");
  EXPECT_EQ(base.size(), 32U);
  EXPECT_EQ(digest(config_map("", "a"), kOurs, "default"), base);
  EXPECT_NE(digest(config_map("", "a", "2"), kOurs, "default"), base);
  EXPECT_NE(digest(config_map("", "a"), kTheirs, "default"), base);
  EXPECT_NE(digest(config_map("", "a"), kOurs, "spira"), base);
}

TEST_F(Placing, a_set_outlives_what_it_was_made_from) {
  auto manifests = test::rendered({config_map("", "a")});
  const auto set = place(manifests, kOurs, "default", cluster_).value();
  manifests.reset();
  EXPECT_EQ(set.objects[0].manifest->parse(), config_map("", "a"));
}

class Request : public Placing {
 protected:
  static Json body_of(const kube::ApplyRequest& request) { return Json::parse(request.body); }
};

TEST_F(Request, carries_the_manifest_the_membership_and_the_digests) {
  Json wanted = config_map("spira", "a");
  wanted["metadata"]["labels"] = {{"app", "a"}};
  wanted["metadata"]["annotations"] = {{"note", "kept"}};
  const auto set = placed({wanted}, cluster_);
  const auto request = apply_request(set, set.objects[0], "fields-digest", kube::DryRun::kNo);
  wanted["metadata"]["labels"][kPartOfLabel] = kOurs;
  wanted["metadata"]["annotations"][kDigestAnnotation] = set.objects[0].digest;
  wanted["metadata"]["annotations"][kFieldsAnnotation] = "fields-digest";
  EXPECT_EQ(body_of(request), wanted);
  EXPECT_EQ(request.key, set.objects[0].key);
  EXPECT_EQ(request.api_version, "v1");
  EXPECT_EQ(request.field_manager, kFieldManager);
  EXPECT_TRUE(request.force);
  EXPECT_EQ(request.dry_run, kube::DryRun::kNo);
}

TEST_F(Request, the_dry_run_names_the_same_fields_as_the_real_one) {
  const auto set = placed({config_map("spira", "a")}, cluster_);
  const auto tried = test::leaves_of(body_of(apply_request(set, set.objects[0], "", kube::DryRun::kYes)));
  const auto real = test::leaves_of(body_of(apply_request(set, set.objects[0], "digest", kube::DryRun::kNo)));
  ASSERT_EQ(tried.size(), real.size());
  for (const auto& [path, value] : real) EXPECT_EQ(tried.count(path), 1U);
}

TEST_F(Request, a_trial_is_a_dry_run_in_another_namespace) {
  const auto set = placed({config_map("spira", "a")}, cluster_);
  const auto trial = trial_request(set, set.objects[0], "default");
  EXPECT_EQ(trial.dry_run, kube::DryRun::kYes);
  EXPECT_EQ(trial.key, (ObjectKey{{"", "ConfigMap"}, "default", "a"}));
  EXPECT_EQ(body_of(trial)["metadata"]["namespace"], "default");
}

TEST_F(Request, labels_that_are_no_map_are_left_for_the_server_to_refuse) {
  for (const auto* field : {"labels", "annotations"}) {
    Json wanted = config_map("spira", "a");
    wanted["metadata"][field] = "text";
    const auto set = placed({wanted}, cluster_);
    const auto request = apply_request(set, set.objects[0], "", kube::DryRun::kYes);
    EXPECT_EQ(body_of(request)["metadata"][field], "text") << field;
  }
}

TEST_F(Request, labels_that_are_null_are_none) {
  Json wanted = config_map("spira", "a");
  wanted["metadata"]["labels"] = nullptr;
  const auto set = placed({wanted}, cluster_);
  const auto request = apply_request(set, set.objects[0], "", kube::DryRun::kYes);
  EXPECT_EQ(body_of(request)["metadata"]["labels"], (Json{{kPartOfLabel, kOurs}}));
}

}  // namespace
}  // namespace reconciler::sync
