#include "sync/managed_fields.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sync/left_fields.h"

namespace reconciler::sync {
namespace {

Json parse(const char* text) { return Json::parse(text); }

Json entry(const std::string& manager, const std::string& operation, const char* fields) {
  return {{"manager", manager},
          {"operation", operation},
          {"apiVersion", "apps/v1"},
          {"fieldsType", "FieldsV1"},
          {"fieldsV1", parse(fields)}};
}

Json deployment(const Json& managed_fields) {
  Json live = parse(R"({"apiVersion": "apps/v1", "kind": "Deployment",
    "metadata": {"name": "a", "resourceVersion": "7"},
    "spec": {"replicas": 5, "template": {"spec": {"containers": [
      {"name": "sidecar", "image": "sidecar:9"}, {"name": "main", "image": "main:9"}]}}}})");
  live["metadata"]["managedFields"] = managed_fields;
  return live;
}

const Json kBody = parse(R"({"metadata": {"annotations": {"a/b": "1"}}, "spec": {"replicas": 1, "template": {"spec": {
  "containers": [{"name": "main", "image": "main:1"}], "tolerations": [{"key": "gpu"}]}}}})");

const Json kLive =
    deployment(Json::array({entry("spira-reconciler", "Apply", R"({"f:spec": {"f:replicas": {}, "f:template": {
  "f:spec": {"f:containers": {"k:{\"name\":\"main\"}": {".": {}, "f:image": {}, "f:name": {}}},
             "f:tolerations": {}}}}})")}));

TEST(FieldPath, goes_by_names_and_by_the_keys_of_items) {
  EXPECT_EQ(field_path("/spec/replicas", kBody, kLive), "/f:spec/f:replicas");
  EXPECT_EQ(field_path("/spec/template/spec/containers/0/image", kBody, kLive),
            R"(/f:spec/f:template/f:spec/f:containers/k:{"name":"main"}/f:image)");
  EXPECT_EQ(field_path("/metadata/annotations/a~1b", kBody, kLive), "/f:metadata/f:annotations/f:a~1b");
}

TEST(FieldPath, there_is_none_within_what_is_one_value_to_the_server) {
  EXPECT_EQ(field_path("/spec/template/spec/tolerations/0/key", kBody, kLive), std::nullopt);
}

TEST(Without, takes_away_a_field_and_the_parents_that_had_nothing_else) {
  const auto fields = parse(R"({"f:data": {"f:a": {}}, "f:spec": {"f:b": {}, "f:c": {}}})");
  EXPECT_EQ(without(fields, {"/f:data/f:a", "/f:spec/f:b", "/f:nothing"}), parse(R"({"f:spec": {"f:c": {}}})"));
}

TEST(LeftFields, a_trial_says_what_lives_also_of_an_item_that_stands_elsewhere) {
  const std::vector<std::string> pointers{"/spec/replicas", "/spec/template/spec/containers/0/image"};
  const auto body = with_live_values(pointers, kBody, kLive);
  EXPECT_EQ(body["spec"]["replicas"], 5);
  EXPECT_EQ(body["spec"]["template"]["spec"]["containers"][0]["image"], "main:9");
}

TEST(LeftFields, an_apply_leaves_them_out) {
  const auto body = without_left_fields(
      {"/spec/replicas", "/spec/template/spec/containers/0/image", "/metadata/annotations/a~1b"}, kBody, kLive);
  EXPECT_EQ(body, parse(R"({"spec": {"template": {"spec": {"containers": [{"name": "main"}],
                                                             "tolerations": [{"key": "gpu"}]}}}})"));
}

TEST(LeftFields, the_text_of_the_annotation_reads_back) {
  const std::vector<FieldPath> paths{"/f:spec/f:replicas", R"(/f:c/k:{"name":"a"}/f:image)"};
  EXPECT_EQ(parse_paths(paths_text(paths)), paths);
  EXPECT_EQ(paths_text({}), "");
  for (const auto* text : {"", "x", "{}", "[1]", R"(["no pointer", "/a~2"])"}) EXPECT_TRUE(parse_paths(text).empty());
}

TEST(Origin, names_the_tools_that_apply_manifests_and_no_others) {
  const auto origin = origin_of(deployment({entry("helm", "Update", R"({"f:spec": {}})"),
                                            entry("kube-controller-manager", "Update", R"({"f:status": {}})"),
                                            entry("kubectl-client-side-apply", "Update", R"({"f:spec": {}})")}));
  EXPECT_EQ(origin.managers, (std::vector<std::string>{"helm", "kubectl-client-side-apply"}));
  EXPECT_EQ(origin.text(), "adopt from helm, kubectl-client-side-apply");
}

TEST(Origin, says_who_manages_it_still) {
  auto live = deployment(Json::array());
  EXPECT_EQ(origin_of(live).keeper, "");
  live["metadata"]["annotations"]["meta.helm.sh/release-name"] = "nats";
  EXPECT_EQ(origin_of(live).keeper, "Helm release nats");
  live["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] = "shop:apps/Deployment:spira/a";
  EXPECT_EQ(origin_of(live).keeper, "Argo CD application shop");
  live["metadata"]["labels"] = {{"kustomize.toolkit.fluxcd.io/name", "apps"},
                                {"kustomize.toolkit.fluxcd.io/namespace", "flux-system"}};
  EXPECT_EQ(origin_of(live).keeper, "Flux Kustomization flux-system/apps");
}

Json list_of(const std::optional<std::string>& patch) { return patch ? Json::parse(*patch)[0]["value"] : Json(); }

TEST(OwnershipPatch, makes_the_fields_of_the_others_ours) {
  const auto live = deployment({entry("helm", "Update", R"({"f:spec": {"f:replicas": {}}})"),
                                entry("hpa", "Update", R"({"f:spec": {"f:paused": {}}})"),
                                entry("spira-reconciler", "Apply", R"({"f:spec": {"f:selector": {}}})")});
  const auto patch = ownership_patch(live, origin_of(live), {});
  const auto list = list_of(patch);
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0]["manager"], "hpa");
  EXPECT_EQ(list[1]["manager"], "spira-reconciler");
  EXPECT_EQ(list[1]["operation"], "Apply");
  EXPECT_EQ(list[1]["fieldsV1"], parse(R"({"f:spec": {"f:replicas": {}, "f:selector": {}}})"));
  EXPECT_EQ(Json::parse(*patch)[1]["value"], "7");
}

TEST(OwnershipPatch, takes_the_fields_of_another_version_in_that_version) {
  auto older = entry("kubectl-client-side-apply", "Update", R"({"f:spec": {"f:replicas": {}}})");
  older["apiVersion"] = "apps/v1beta1";
  const auto live = deployment(Json::array({older}));
  const auto list = list_of(ownership_patch(live, origin_of(live), {}));
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["manager"], "spira-reconciler");
  EXPECT_EQ(list[0]["operation"], "Apply");
  EXPECT_EQ(list[0]["apiVersion"], "apps/v1beta1");
  EXPECT_EQ(list[0]["fieldsV1"], older["fieldsV1"]);
}

TEST(OwnershipPatch, of_two_versions_it_takes_the_one_of_our_fields_or_the_last) {
  auto older = entry("kubectl-client-side-apply", "Update", R"({"f:spec": {"f:replicas": {}}})");
  older["apiVersion"] = "apps/v1beta1";
  const auto newer = entry("helm", "Update", R"({"f:spec": {"f:paused": {}}})");
  auto live = deployment({older, newer});
  EXPECT_EQ(list_of(ownership_patch(live, origin_of(live), {}))[0], older);
  auto ours = entry("spira-reconciler", "Apply", R"({"f:spec": {"f:selector": {}}})");
  ours["apiVersion"] = "apps/v1beta1";
  live = deployment({ours, older, newer});
  EXPECT_EQ(list_of(ownership_patch(live, origin_of(live), {}))[0], newer);
}

TEST(OwnershipPatch, lets_go_of_what_is_left_to_others) {
  const auto list = list_of(ownership_patch(kLive, {}, {"/f:spec/f:replicas"}));
  EXPECT_FALSE(list[0]["fieldsV1"]["f:spec"].contains("f:replicas"));
}

TEST(OwnershipPatch, there_is_none_when_nothing_changes_hands) {
  EXPECT_EQ(ownership_patch(kLive, {}, {"/f:spec/f:paused"}), std::nullopt);
}

/// A Deployment that `kubectl apply` made with two fields that Git does not have, after the dry-run of its apply.
class AsAdoptedTest : public ::testing::Test {
 protected:
  Json adopted(const std::string& theirs, const std::string& others = "{}") const {
    auto tried = deployment({entry("kubectl", "Update", theirs.c_str()), entry("else", "Update", others.c_str()),
                             entry("spira-reconciler", "Apply", R"({"f:spec": {"f:template": {"f:spec": {
        "f:containers": {"k:{\"name\":\"main\"}": {".": {}, "f:image": {}, "f:name": {}}}}}}})")});
    auto spec = as_adopted(tried, anew_, origin_of(tried))["spec"];
    return spec;
  }
  static Json containers(const Json& spec) { return spec["template"]["spec"]["containers"]; }

  const Json anew_ = parse(R"({"spec": {"replicas": 1, "template": {"spec": {"containers": [
    {"name": "main", "image": "main:9", "imagePullPolicy": "IfNotPresent"}]}}}})");
};

TEST_F(AsAdoptedTest, what_git_does_not_have_goes_or_takes_its_default) {
  const auto spec = adopted(R"({"f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {
    "k:{\"name\":\"main\"}": {".": {}, "f:image": {}}, "k:{\"name\":\"sidecar\"}": {".": {}, "f:image": {}}}}}}})");
  EXPECT_EQ(spec["replicas"], 1);
  EXPECT_EQ(containers(spec), parse(R"([{"name": "main", "image": "main:9"}])"));
}

TEST_F(AsAdoptedTest, what_somebody_else_has_too_stays) {
  const auto spec = adopted(R"({"f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {
    "k:{\"name\":\"sidecar\"}": {".": {}, "f:image": {}}}}}}})",
                            R"({"f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {
    "k:{\"name\":\"sidecar\"}": {}}}}}})");
  EXPECT_EQ(spec["replicas"], 5);
  EXPECT_EQ(containers(spec).size(), 2U);
}

TEST_F(AsAdoptedTest, fields_of_managers_that_stay_are_left) {
  const auto spec = adopted("{}", R"({"f:spec": {"f:replicas": {}}})");
  EXPECT_EQ(spec, deployment(Json::array())["spec"]);
}

}  // namespace
}  // namespace reconciler::sync
