#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using testing::HasSubstr;

/// Objects that other objects of the same commit need: namespaces and definitions.
class KindTest : public ServiceTest {
 protected:
  KindTest() { forget_later("v1/Namespace", fresh_); }

  /// Puts the manifests into the overlay with no namespace of its own.
  std::string push_without_namespace(const Files& manifests) {
    repository_.write_folder("overlays/" + name_, overlay("", manifests));
    return push();
  }

  static std::string in_namespace(std::string manifest, const std::string& namespace_) {
    return manifest.insert(manifest.find("  name: "), "  namespace: " + namespace_ + "\n");
  }

  const std::string fresh_ = name_ + "-fresh";  ///< A namespace that only Git makes.
};

TEST_F(KindTest, a_namespace_and_its_objects_go_live_in_one_commit) {
  const auto commit = push_without_namespace({{"namespace.yaml", namespace_manifest(fresh_)},
                                              {"a.yaml", in_namespace(config_map("a", "1"), fresh_)},
                                              {"web.yaml", in_namespace(deployment("web", 1), fresh_)}});
  service_.start();
  wait_synced(commit);
  EXPECT_TRUE(plane_.exists("v1/ConfigMap", fresh_, "a"));
  EXPECT_TRUE(plane_.exists("apps/v1/Deployment", fresh_, "web"));
  wait_ready(commit);
}

TEST_F(KindTest, a_namespace_that_comes_with_a_rejected_object_is_not_made) {
  auto bad = in_namespace(deployment("web", 1), fresh_);
  bad.replace(bad.find("replicas: 1"), 11, "replicas: -1");
  push_without_namespace({{"namespace.yaml", namespace_manifest(fresh_)},
                          {"a.yaml", in_namespace(config_map("a", "1"), fresh_)},
                          {"web.yaml", bad}});
  service_.start();
  const auto status = wait_reason("Synced", "Rejected");
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("Deployment.apps " + fresh_ + "/web"));
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("spec.replicas"));
  EXPECT_FALSE(plane_.exists("v1/Namespace", "", fresh_));
}

TEST_F(KindTest, a_namespace_that_left_git_stays_unless_it_was_said_to_go) {
  auto kept = namespace_manifest(fresh_);
  kept.erase(kept.find("  annotations:"));
  // A sync that prunes all of an environment asks first.
  const std::pair<const std::string, std::string> other{"other.yaml", in_namespace(config_map("other", "1"), name_)};
  service_.start();
  wait_synced(push_without_namespace({other, {"namespace.yaml", kept}}));
  wait_synced(push_without_namespace({other}));
  EXPECT_TRUE(plane_.exists("v1/Namespace", "", fresh_));
  wait_synced(push_without_namespace({other, {"namespace.yaml", namespace_manifest(fresh_)}}));
  push_without_namespace({other});
  wait_until("the namespace goes", [&] { return !plane_.exists("v1/Namespace", "", fresh_); });
}

TEST_F(KindTest, a_definition_and_its_object_go_live_in_one_commit) {
  const auto group = name_ + ".example.org";
  const auto definition_name = "widgets." + group;
  forget_later("apiextensions.k8s.io/v1/CustomResourceDefinition", definition_name);
  forget_later("rbac.authorization.k8s.io/v1/ClusterRole", name_);
  plane_.apply("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: " + name_ +
               "\n  labels:\n    gitops.spira.dev/aggregate-to-reconciler: \"true\"\nrules:\n"
               "  - apiGroups: [apiextensions.k8s.io]\n    resources: [customresourcedefinitions]\n"
               "    verbs: [get, list, watch, create, patch, delete]\n"
               "  - apiGroups: [" +
               group + "]\n    resources: [widgets]\n    verbs: [get, list, watch, create, patch, delete]\n");
  wait_until("the service has the right", [&] {
    return plane_.get("rbac.authorization.k8s.io/v1/ClusterRole", "", "spira-reconciler-manages")
               ->at("rules")
               .dump()
               .find(group) != std::string::npos;
  });
  const std::string definition =
      "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: " + definition_name +
      "\nspec:\n  group: " + group +
      "\n  scope: Namespaced\n  names: {kind: Widget, plural: widgets, singular: widget}\n  versions:\n    - name: v1\n"
      "      served: true\n      storage: true\n      schema:\n        openAPIV3Schema:\n          type: object\n"
      "          properties:\n            size: {type: integer}\n";
  const auto widget = [&](int size) {
    return "apiVersion: " + group + "/v1\nkind: Widget\nmetadata:\n  name: w\n  namespace: " + name_ +
           "\nsize: " + std::to_string(size) + "\n";
  };
  service_.start();
  wait_synced(push_without_namespace({{"definition.yaml", definition}, {"widget.yaml", widget(1)}}));
  wait_synced(push_without_namespace({{"definition.yaml", definition}, {"widget.yaml", widget(2)}}));
  EXPECT_EQ(plane_.get(group + "/v1/Widget", name_, "w")->at("size"), 2);
  wait_synced(push_without_namespace({{"definition.yaml", definition}}));
  EXPECT_FALSE(plane_.exists(group + "/v1/Widget", name_, "w"));
}

TEST_F(KindTest, health_follows_the_pods) {
  const auto commit = push_overlay({{"web.yaml", deployment("web", 2)}});
  service_.start();
  wait_ready(commit);
  EXPECT_EQ(service_.objects(name_).at("Deployment " + name_ + "/web")["health"], "Healthy");
  auto stuck = deployment("web", 2);
  stuck.replace(stuck.find("      containers:"), 0, "      nodeSelector:\n        nowhere: \"true\"\n");
  push_overlay({{"web.yaml", stuck}});
  const auto status = wait_reason("Healthy", "Progressing");
  EXPECT_EQ(status["health"], "Progressing");
}

}  // namespace
}  // namespace reconciler::test
