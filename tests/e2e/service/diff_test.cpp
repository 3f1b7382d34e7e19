#include <fstream>

#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kEnvironment = "gitops.spira.dev/v1alpha1/Environment";

/// `reconciler diff` says beforehand what the service then does.
class DiffTest : public ServiceTest {
 protected:
  void begin(const Files& files) {
    const auto commit = push_overlay(files);
    service_.start();
    wait_synced(commit);
  }

  /// Lets another environment have the ConfigMap `z` in the same namespace.
  void begin_beside_another(const Files& files) {
    forget_later(kEnvironment, other_);
    repository_.write_folder("overlays/" + other_, overlay(name_, {{"z.yaml", config_map("z", "1")}}));
    repository_.write(other_file_, environment_file(other_, "main", "overlays/" + other_));
    begin(files);
    wait_value("z", "1");
  }

  const std::string other_ = name_ + "-other";
  const std::string other_file_ = "environments/" + other_ + ".yaml";
};

TEST_F(DiffTest, an_object_of_another_environment_is_an_error_that_names_it) {
  begin_beside_another({});
  write_overlay({{"z.yaml", config_map("z", "2")}});
  const auto words = "belongs to environment '" + other_ + "', not to '" + name_ + "'";
  const auto told = diff(name_);
  EXPECT_EQ(told.code, 2) << told.text;
  EXPECT_THAT(told.text, AllOf(HasSubstr(words), Not(HasSubstr("applyset-"))));
  push();
  EXPECT_THAT(wait_reason("Synced", "Rejected")["message"].get<std::string>(), HasSubstr(words));
}

TEST_F(DiffTest, a_hook_that_the_server_refuses_is_an_error) {
  begin({{"a.yaml", config_map("a", "1")}});
  write_overlay({{"a.yaml", config_map("a", "1")},
                 {"before.yaml",
                  "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: before\n"
                  "  annotations: {gitops.spira.dev/hook: PreSync}\nspec:\n  parallelism: -1\n"
                  "  template: {spec: {restartPolicy: Never, containers: [{name: main, image: busybox}]}}\n"}});
  const auto told = diff(name_);
  EXPECT_EQ(told.code, 2) << told.text;
  EXPECT_THAT(told.text, AllOf(HasSubstr("Job.batch " + name_ + "/before"), HasSubstr("spec.parallelism")));
}

TEST_F(DiffTest, what_an_environment_left_behind_is_adopted) {
  begin_beside_another({});
  repository_.remove(other_file_);
  push();
  wait_until("the other one is gone", [&] { return !plane_.exists(kEnvironment, "", other_); });
  write_overlay({{"z.yaml", config_map("z", "2")}});
  const auto told = diff(name_);
  EXPECT_EQ(told.code, 1) << told.text;
  EXPECT_THAT(told.text, AllOf(HasSubstr("adopt ConfigMap " + name_ + "/z"), HasSubstr("data.key: \"1\" -> \"2\"")));
  wait_synced(push());
  EXPECT_EQ(value_of("z"), "2");
  EXPECT_EQ(diff(name_).code, 0);
}

TEST_F(DiffTest, a_large_prune_is_told_of_until_somebody_confirms_it) {
  Files files;
  for (const std::string name : {"a", "b", "c", "d", "e"}) files[name + ".yaml"] = config_map(name, "1");
  begin(files);
  push_overlay({});
  wait_reason("Synced", "PruneNeedsConfirmation");
  const auto list = nlohmann::json::parse(diff(name_, "json").text);
  ASSERT_EQ(list.size(), 5U) << list.dump(2);
  const std::string digest = list[0].value("confirm", "");
  for (const auto& object : list) EXPECT_EQ(object["confirm"], digest);
  EXPECT_THAT(service_.status(name_)["message"].get<std::string>(), HasSubstr("confirm-prune=" + digest));
  EXPECT_THAT(diff(name_).text, HasSubstr("prunes 5 of 6 objects, until that is confirmed in the environment's file: "
                                          "prune: {confirm: " +
                                          digest + "}"));
  service_.stop();
  plane_.kubectl("annotate environment " + name_ + " gitops.spira.dev/confirm-prune=" + digest);
  EXPECT_THAT(diff(name_).text, AllOf(HasSubstr("prune ConfigMap"), Not(HasSubstr("confirm"))));
  EXPECT_THAT(diff(name_, "json").text, Not(HasSubstr("confirm")));
}

TEST_F(DiffTest, what_was_deleted_by_hand_comes_back_where_the_service_brings_it_back) {
  write_environment("  selfHeal: false\n");
  begin({{"a.yaml", config_map("a", "1")}});
  plane_.remove("v1/ConfigMap", name_, "a");
  wait_reason("Synced", "OutOfSync");
  auto told = diff(name_);
  EXPECT_THAT(told.text, AllOf(HasSubstr("tolerate ConfigMap " + name_ + "/a"), Not(HasSubstr("create"))));
  EXPECT_EQ(service_.objects(name_).at("ConfigMap " + name_ + "/a")["action"], "tolerate");
  write_overlay({{"a.yaml", config_map("a", "1")}, {"b.yaml", config_map("b", "1")}});
  told = diff(name_);
  EXPECT_EQ(told.code, 1);
  EXPECT_THAT(told.text,
              AllOf(HasSubstr("create ConfigMap " + name_ + "/a"), HasSubstr("create ConfigMap " + name_ + "/b")));
  wait_synced(push());
  EXPECT_EQ(value_of("a"), "1");
}

TEST_F(DiffTest, replicas_that_an_autoscaler_made_by_hand_has_set_are_left_to_it) {
  begin({{"web.yaml", deployment("web", 1)}});
  plane_.apply(
      "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: by-hand\n  namespace: " + name_ +
      "\nspec:\n  minReplicas: 3\n  maxReplicas: 9\n  scaleTargetRef:\n    apiVersion: apps/v1\n"
      "    kind: Deployment\n    name: web\n");
  const auto live = [&] { return *plane_.get("apps/v1/Deployment", name_, "web"); };
  wait_until("it is scaled and left so", [&] {
    return live()["metadata"]["annotations"].contains("gitops.spira.dev/left") && live()["spec"]["replicas"] == 3;
  });
  auto told = diff(name_);
  EXPECT_EQ(told.code, 0) << told.text;
  auto changed = deployment("web", 2);
  changed.insert(changed.find("spec:"), "  labels:\n    changed: \"yes\"\n");
  write_overlay({{"web.yaml", changed}});
  told = diff(name_);
  EXPECT_EQ(told.code, 1);
  EXPECT_THAT(told.text, AllOf(HasSubstr("metadata.labels.changed"), Not(HasSubstr("spec.replicas")),
                               HasSubstr("replicas are left to the HorizontalPodAutoscaler that scales it")));
}

TEST_F(DiffTest, a_field_that_is_left_to_others_does_not_differ) {
  const auto pair = [](const std::string& value) {
    return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations:\n"
           "    gitops.spira.dev/ignore: /data/one\ndata:\n  one: \"" +
           value + "\"\n  two: \"" + value + "\"\n";
  };
  begin({{"a.yaml", pair("1")}});
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"one", "by hand"}}}});
  EXPECT_EQ(diff(name_).code, 0);
  write_overlay({{"a.yaml", pair("2")}});
  const auto told = diff(name_);
  EXPECT_EQ(told.code, 1);
  EXPECT_THAT(told.text, AllOf(HasSubstr("data.two: \"1\" -> \"2\""), Not(HasSubstr("data.one"))));
}

TEST_F(DiffTest, an_adoption_shows_what_goes_with_the_manifest_that_kubectl_applied) {
  auto web = deployment("web", 3);
  const auto file = folder_ + "/by-hand.yaml";
  std::ofstream(file) << web << "---\n" << config_map("a", "before") << "  stale: \"1\"\n";
  plane_.kubectl("-n " + name_ + " apply -f '" + file + "'");
  begin({});
  const std::string replicas = "  replicas: 3\n";
  web.erase(web.find(replicas), replicas.size());
  write_overlay({{"a.yaml", config_map("a", "1")}, {"web.yaml", web}});
  const auto before = versions();
  const auto told = diff(name_);
  EXPECT_EQ(told.code, 1);
  EXPECT_THAT(told.text, AllOf(HasSubstr("adopt from kubectl-client-side-apply"), HasSubstr("- data.stale: \"1\""),
                               HasSubstr("~ data.key: \"before\" -> \"1\""), HasSubstr("~ spec.replicas: 3 -> 1")));
  EXPECT_THAT(told.text, AllOf(Not(HasSubstr("- spec")), Not(HasSubstr("spec.template")), Not(HasSubstr("-anew"))));
  EXPECT_EQ(versions(), before);
  wait_synced(push());
  EXPECT_EQ(plane_.get("v1/ConfigMap", name_, "a")->at("data"), (nlohmann::json{{"key", "1"}}));
  EXPECT_EQ(plane_.get("apps/v1/Deployment", name_, "web")->at("spec").at("replicas"), 1);
  EXPECT_EQ(diff(name_).code, 0);
}

}  // namespace
}  // namespace reconciler::test
