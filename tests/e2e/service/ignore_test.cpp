#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using nlohmann::json;

/// Fields that Git names and leaves to others.
class IgnoreTest : public ServiceTest {
 protected:
  std::string begin(const Files& files) {
    const auto commit = push_overlay(files);
    service_.start();
    wait_synced(commit);
    return commit;
  }

  static std::string pair(const std::string& one, const std::string& two, const std::string& annotation = "") {
    return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n" +
           (annotation.empty() ? "" : "  annotations:\n    gitops.spira.dev/ignore: " + annotation + "\n") +
           "data:\n  one: \"" + one + "\"\n  two: \"" + two + "\"\n";
  }

  json data() const { return plane_.get("v1/ConfigMap", name_, "a")->at("data"); }
  json workload() const { return plane_.get("apps/v1/Deployment", name_, "web")->at("spec"); }

  void edit(const json& patch) const { plane_.edit("v1/ConfigMap", name_, "a", {{"data", patch}}); }
  /// The replicas by the scale subresource, as a HorizontalPodAutoscaler sets them.
  void scale(int replicas) const {
    plane_.kubectl("-n " + name_ + " scale deployment web --replicas=" + std::to_string(replicas));
  }
  /// Waits until the service has seen that the revert of `two` is over.
  void wait_reverted(const std::string& value) const {
    wait_until("two is '" + value + "' again", [&] { return data()["two"] == value; });
  }
};

TEST_F(IgnoreTest, drift_ignore_the_edit_of_an_ignored_field_stays_and_others_are_reverted) {
  begin({{"a.yaml", pair("1", "1", "/data/one")}});
  EXPECT_EQ(data(), (json{{"one", "1"}, {"two", "1"}}));
  edit({{"one", "by hand"}, {"two", "by hand"}});
  wait_reverted("1");
  EXPECT_EQ(data()["one"], "by hand");
}

TEST_F(IgnoreTest, a_commit_changes_the_others_and_keeps_the_ignored_value) {
  begin({{"a.yaml", pair("1", "1", "/data/one")}});
  edit({{"one", "by hand"}});
  wait_synced(push_overlay({{"a.yaml", pair("2", "2", "/data/one")}}));
  EXPECT_EQ(data(), (json{{"one", "by hand"}, {"two", "2"}}));
}

TEST_F(IgnoreTest, a_field_that_was_ours_is_let_go_of_with_the_value_that_it_has) {
  begin({{"a.yaml", pair("1", "1")}});
  wait_synced(push_overlay({{"a.yaml", pair("2", "2", "/data/one")}}));
  EXPECT_EQ(data(), (json{{"one", "1"}, {"two", "2"}}));
  const auto object = *plane_.get("v1/ConfigMap", name_, "a");
  for (const auto& entry : object["metadata"]["managedFields"]) {
    EXPECT_FALSE(entry["fieldsV1"]["f:data"].contains("f:one")) << entry.dump();
  }
  wait_synced(push_overlay({{"a.yaml", pair("3", "3")}}));
  EXPECT_EQ(data(), (json{{"one", "3"}, {"two", "3"}}));
}

TEST_F(IgnoreTest, a_rule_of_the_environment_reaches_into_lists) {
  write_environment(
      "  ignore:\n    - group: apps\n      kind: Deployment\n"
      "      pointers: [/spec/template/spec/containers/0/image, /spec/replicas]\n");
  begin({{"web.yaml", deployment("web", 1)}, {"a.yaml", pair("1", "1")}});
  plane_.kubectl("-n " + name_ + " set image deployment/web main=example.org/idle:2");
  scale(2);
  auto changed = deployment("web", 3);
  changed.insert(changed.find("spec:"), "  labels:\n    changed: \"yes\"\n");
  wait_synced(push_overlay({{"web.yaml", changed}, {"a.yaml", pair("1", "1")}}));
  EXPECT_EQ(workload()["template"]["spec"]["containers"][0]["image"], "example.org/idle:2");
  EXPECT_EQ(workload()["replicas"], 2);
  EXPECT_EQ(plane_.get("apps/v1/Deployment", name_, "web")->at("metadata").at("labels").at("changed"), "yes");
}

// With the rights of deploy/ and no more.
TEST_F(IgnoreTest, replicas_are_left_to_an_autoscaler_that_somebody_made_until_it_goes) {
  begin({{"web.yaml", deployment("web", 1)}});
  plane_.apply(
      "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: by-hand\n  namespace: " + name_ +
      "\nspec:\n  minReplicas: 3\n  maxReplicas: 9\n  scaleTargetRef:\n    apiVersion: apps/v1\n"
      "    kind: Deployment\n    name: web\n");
  wait_until("it is scaled and left so", [&] {
    const auto live = *plane_.get("apps/v1/Deployment", name_, "web");
    return live["metadata"]["annotations"].contains("gitops.spira.dev/left") && live["spec"]["replicas"] == 3;
  });
  auto changed = deployment("web", 2);
  changed.insert(changed.find("spec:"), "  labels:\n    changed: \"yes\"\n");
  wait_synced(push_overlay({{"web.yaml", changed}}));
  EXPECT_EQ(workload()["replicas"], 3);
  plane_.remove("autoscaling/v2/HorizontalPodAutoscaler", name_, "by-hand");
  wait_synced(push_overlay({{"web.yaml", deployment("web", 2)}}));
  EXPECT_EQ(workload()["replicas"], 2);
}

TEST_F(IgnoreTest, replicas_are_left_to_the_autoscaler_of_the_environment) {
  plane_.allow("autoscaling", "horizontalpodautoscalers");
  const std::string autoscaler =
      "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: web\nspec:\n  minReplicas: 1\n"
      "  maxReplicas: 9\n  scaleTargetRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    name: web\n";
  begin({{"web.yaml", deployment("web", 1)}, {"hpa.yaml", autoscaler}});
  scale(4);
  auto changed = deployment("web", 2);
  changed.insert(changed.find("spec:"), "  labels:\n    changed: \"yes\"\n");
  wait_synced(push_overlay({{"web.yaml", changed}, {"hpa.yaml", autoscaler}}));
  EXPECT_EQ(workload()["replicas"], 4);
  wait_until("the list of objects says whose the replicas are", [&] {
    const std::string message = service_.objects(name_).at("Deployment " + name_ + "/web")["message"];
    return message.find("replicas are left to HorizontalPodAutoscaler web") != std::string::npos;
  });
  wait_synced(push_overlay({{"web.yaml", changed}}));
  EXPECT_EQ(workload()["replicas"], 2);
}

}  // namespace
}  // namespace reconciler::test
