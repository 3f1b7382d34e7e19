#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A commit with an error, and what the status must say of it. `OVERLAY` and `NAMESPACE` stand for the test's own.
struct BadCommit {
  const char* name;
  Files manifests;
  const char* kustomization;
  const char* reason;
  std::vector<std::string> told;
};

void PrintTo(const BadCommit& commit, std::ostream* stream) { *stream << commit.name; }

const std::string kService =
    "apiVersion: v1\nkind: Service\nmetadata:\n  name: bad\nspec:\n  ports:\n    - name: http\n      port: 99999\n";
const std::string kDeployment =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: bad\nspec:\n  template:\n    metadata:\n      labels:\n"
    "        app: bad\n    spec:\n      containers:\n        - name: main\n          image: example.org/idle:1\n";

std::string annotated(const std::string& name, const std::string& annotation, const std::string& value) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + name + "\n  annotations:\n    gitops.spira.dev/" +
         annotation + ": \"" + value + "\"\n";
}

const std::vector<BadCommit> kBadCommits{
    {"yaml_that_does_not_parse",
     {{"bad.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: [\n"}},
     "",
     "BuildFailed",
     {"OVERLAY → bad.yaml:4:1"}},
    {"an_unknown_field_of_the_kustomization",
     {},
     "resourcez: []\n",
     "BuildFailed",
     {"OVERLAY → kustomization.yaml:8:1", "resourcez"}},
    {"a_file_that_is_missing",
     {},
     "components:\n  - ../missing\n",
     "BuildFailed",
     {"OVERLAY → kustomization.yaml:9:5", "../missing"}},
    {"a_deployment_without_selector",
     {{"bad.yaml", kDeployment}},
     "",
     "Rejected",
     {"Deployment.apps NAMESPACE/bad", "OVERLAY/bad.yaml", "spec.selector"}},
    {"a_service_with_a_bad_port",
     {{"bad.yaml", kService}},
     "",
     "Rejected",
     {"Service NAMESPACE/bad", "OVERLAY/bad.yaml", "spec.ports[0].port"}},
    {"a_field_that_the_kind_does_not_have",
     {{"bad.yaml", config_map("bad", "1") + "datum: {}\n"}},
     "",
     "Rejected",
     {"ConfigMap NAMESPACE/bad", "datum"}},
    {"a_kind_that_the_cluster_does_not_have",
     {{"bad.yaml", "apiVersion: example.org/v1\nkind: Gadget\nmetadata:\n  name: bad\n"}},
     "",
     "Rejected",
     {"Gadget.example.org", "OVERLAY/bad.yaml"}},
    {"a_kind_that_the_service_has_no_right_to",
     {{"bad.yaml", "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: bad\nspec: {}\n"}},
     "",
     "Forbidden",
     {"cronjobs"}},
    {"a_version_that_the_cluster_does_not_serve",
     {{"bad.yaml", "apiVersion: apps/v1beta1\nkind: Deployment\nmetadata:\n  name: bad\n"}},
     "",
     "Rejected",
     {"Deployment.apps NAMESPACE/bad", "version v1beta1", "OVERLAY/bad.yaml"}},
    {"two_objects_of_one_name",
     {{"bad.yaml", config_map("a", "3")}},
     "",
     "BuildFailed",
     {"OVERLAY/bad.yaml:1", "ConfigMap.v1 a", "OVERLAY/a.yaml:1"}},
    {"one_object_in_two_versions",
     {{"bad.yaml", "apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: bad\n"},
      {"worse.yaml", "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: bad\n"}},
     "",
     "Rejected",
     {"HorizontalPodAutoscaler.autoscaling NAMESPACE/bad", "is already made by", "OVERLAY/bad.yaml",
      "OVERLAY/worse.yaml", "keep one of the two"}},
    {"a_deletion_policy_of_what_is_no_hook",
     {{"bad.yaml", annotated("bad", "hook-delete-policy", "HookSucceeded")}},
     "",
     "Rejected",
     {"ConfigMap NAMESPACE/bad", "gitops.spira.dev/hook-delete-policy", "is for hooks"}},
    {"a_dependency_that_names_no_object",
     {{"bad.yaml", annotated("bad", "depends-on", "the other one")}},
     "",
     "Rejected",
     {"ConfigMap NAMESPACE/bad", "gitops.spira.dev/depends-on", "the other one"}},
    {"a_dependency_on_what_the_set_does_not_have",
     {{"bad.yaml", annotated("bad", "depends-on", "/ConfigMap/NAMESPACE/none")}},
     "",
     "Rejected",
     {"ConfigMap NAMESPACE/bad", "gitops.spira.dev/depends-on", "none"}},
    {"a_dependency_of_a_hook",
     {{"bad.yaml", annotated("bad", "depends-on", "/ConfigMap/NAMESPACE/a\"\n    gitops.spira.dev/hook: \"PreSync")}},
     "",
     "Rejected",
     {"ConfigMap NAMESPACE/bad", "gitops.spira.dev/depends-on"}},
    {"a_pointer_that_is_none",
     {{"bad.yaml", annotated("bad", "ignore", "data.key")}},
     "",
     "Rejected",
     {"ConfigMap NAMESPACE/bad", "gitops.spira.dev/ignore", "data.key"}},
    {"a_deletion_policy_of_hooks_that_does_not_exist",
     {{"bad.yaml", annotated("bad", "hook-delete-policy", "Never\"\n    gitops.spira.dev/hook: \"PreSync")}},
     "",
     "Rejected",
     {"ConfigMap NAMESPACE/bad", "gitops.spira.dev/hook-delete-policy", "Never"}},
};

class ErrorTest : public ServiceTest, public testing::WithParamInterface<BadCommit> {
 protected:
  std::string meant(std::string text) const {
    const auto replace = [&](const std::string& word, const std::string& by) {
      if (const auto found = text.find(word); found != std::string::npos) text.replace(found, word.size(), by);
    };
    replace("OVERLAY", "overlays/" + name_);
    replace("NAMESPACE", name_);
    return text;
  }

  /// All that the status says of the error.
  std::string told() const {
    const auto status = service_.status(name_);
    return status.value("message", "") + "\n" + status["lastSync"].dump();
  }
};

TEST_P(ErrorTest, applies_nothing_and_is_named_and_the_next_good_commit_goes_through) {
  Files files{{"a.yaml", config_map("a", "1")}, {"b.yaml", config_map("b", "1")}};
  const auto first = push_overlay(files);
  service_.start();
  wait_synced(first);
  const auto before = versions();

  const auto& bad = GetParam();
  Files worse{{"a.yaml", config_map("a", "2")}, {"c.yaml", config_map("c", "1")}};
  worse.insert(bad.manifests.begin(), bad.manifests.end());
  const auto second = push_overlay(worse, bad.kustomization);
  const auto status = wait_reason("Synced", bad.reason);
  for (const auto& text : bad.told) EXPECT_THAT(told(), HasSubstr(meant(text)));
  EXPECT_EQ(status["sync"], "Failed");
  EXPECT_EQ(status["revision"]["head"], second);
  EXPECT_EQ(status["revision"]["applied"], first);
  EXPECT_EQ(condition(status, "Ready")["status"], "False");
  EXPECT_EQ(status["health"], "Healthy");
  EXPECT_EQ(versions(), before);

  // What was applied before is watched on.
  plane_.remove("v1/ConfigMap", name_, "a");
  const auto missing = condition(wait_reason("Healthy", "Missing"), "Healthy")["message"].get<std::string>();
  EXPECT_THAT(missing, AllOf(HasSubstr(name_ + "/a"), Not(HasSubstr("/c"))));

  files["a.yaml"] = config_map("a", "3");
  wait_synced(push_overlay(files));
  EXPECT_EQ(value_of("a"), "3");
}

INSTANTIATE_TEST_SUITE_P(Commit, ErrorTest, testing::ValuesIn(kBadCommits),
                         [](const auto& info) { return info.param.name; });

/// Errors that are not one commit's.
class ErrorsTest : public ServiceTest {};

TEST_F(ErrorsTest, all_rejected_objects_of_a_commit_are_named_at_once) {
  auto other = kService;
  other.replace(other.find("bad"), 3, "worse");
  push_overlay({{"deployment.yaml", kDeployment}, {"one.yaml", kService}, {"two.yaml", other}});
  service_.start();
  const auto errors = wait_reason("Synced", "Rejected")["lastSync"]["errors"].dump();
  for (const char* name : {"Deployment.apps ", "Service "}) EXPECT_THAT(errors, HasSubstr(name + name_));
  EXPECT_THAT(errors, HasSubstr("/worse"));
  EXPECT_TRUE(versions().empty());
}

TEST_F(ErrorsTest, one_object_with_a_namespace_and_without_is_named_twice_and_nothing_is_applied) {
  write_environment("  namespace: " + name_ + "\n");
  auto given = config_map("a", "2");
  given.insert(given.find("metadata:\n") + 10, "  namespace: " + name_ + "\n");
  const Files good{{"a.yaml", config_map("a", "1")}, {"other.yaml", config_map("other", "1")}};
  auto bad = good;
  bad["given.yaml"] = given;
  repository_.write_folder("overlays/" + name_, overlay("", bad));
  push();
  service_.start();
  const auto message = wait_reason("Synced", "Rejected")["message"].get<std::string>();
  for (const auto* text : {"/a.yaml", "/given.yaml", "is already made by", "keep one of the two"}) {
    EXPECT_THAT(message, HasSubstr(text));
  }
  EXPECT_EQ(value_of("a"), "");
  EXPECT_EQ(value_of("other"), "");
  repository_.write_folder("overlays/" + name_, overlay("", good));
  wait_synced(push());
  EXPECT_EQ(value_of("a"), "1");
}

TEST_F(ErrorsTest, a_refusal_of_hundreds_of_objects_is_published) {
  const auto first = push_overlay({{"a.yaml", config_map("a", "1")}});
  service_.start();
  wait_ready(first);
  std::string many;
  for (int i = 0; i < 300; ++i) {
    auto service = kService;
    many += service.replace(service.find("bad"), 3, "bad-" + std::to_string(i)) + "---\n";
  }
  push_overlay({{"a.yaml", config_map("a", "2")}, {"many.yaml", many}});
  nlohmann::json status;
  wait_until("the refusal is published", [&] {
    status = (*plane_.get("gitops.spira.dev/v1alpha1/Environment", "", name_))["status"];
    return condition(status, "Synced")["reason"] == "Rejected";
  });
  EXPECT_EQ(condition(status, "Ready")["status"], "False");
  EXPECT_THAT(condition(status, "Synced")["message"].get<std::string>(),
              testing::EndsWith("GET /api/v1/environments/" + name_ + "/objects)"));
  EXPECT_EQ(status["lastSync"]["errors"].size(), 201U);
  EXPECT_EQ(status["lastSync"]["errors"].back(), "and 400 more");  // Each has two bad fields.
  EXPECT_EQ(value_of("a"), "1");
}

TEST_F(ErrorsTest, while_a_commit_is_bad_drift_of_the_last_good_one_is_not_touched_and_nothing_is_pruned) {
  const auto first = push_overlay(
      {{"a.yaml", config_map("a", "1")}, {"b.yaml", config_map("b", "1")}, {"c.yaml", config_map("c", "1")}});
  service_.start();
  wait_synced(first);
  const auto push_bad = [&](const std::string& value) {
    const auto commit =
        push_overlay({{"a.yaml", config_map("a", value)}, {"b.yaml", config_map("b", "1")}, {"bad.yaml", kService}});
    wait_until("it is refused", [&] {
      const auto status = service_.status(name_);
      return status["revision"]["head"] == commit && condition(status, "Synced")["reason"] == "Rejected";
    });
  };
  push_bad("2");
  plane_.edit("v1/ConfigMap", name_, "b", {{"data", {{"key", "by hand"}}}});
  push_bad("3");
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_EQ(value_of("b"), "by hand");
  EXPECT_EQ(value_of("c"), "1");
  wait_synced(push_overlay({{"a.yaml", config_map("a", "4")}, {"b.yaml", config_map("b", "1")}}));
  EXPECT_EQ(value_of("b"), "1");
  EXPECT_EQ(value_of("c"), "");
}

TEST_F(ErrorsTest, an_overlay_that_is_missing_prunes_nothing) {
  const auto first = push_overlay({{"a.yaml", config_map("a", "1")}});
  service_.start();
  wait_synced(first);
  repository_.remove("overlays");
  push();
  const auto status = wait_reason("Synced", "BuildFailed");
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("overlays/" + name_));
  EXPECT_EQ(value_of("a"), "1");
}

TEST_F(ErrorsTest, an_environment_in_an_overlay_is_refused) {
  push_overlay({{"a.yaml", config_map("a", "1")},
                {"own.yaml", "apiVersion: gitops.spira.dev/v1alpha1\nkind: Environment\nmetadata:\n  name: " + name_ +
                                 "\nspec:\n  source: {branch: main, path: elsewhere}\n"}});
  service_.start();
  wait_until("the refusal is told", [&] {
    const auto message = service_.status(name_).value("message", "");
    return message.find("own.yaml:1") != std::string::npos && message.find("by the service alone") != std::string::npos;
  });
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "a"));
}

TEST_F(ErrorsTest, a_webhook_without_a_backend_keeps_its_object_out_and_is_no_outage) {
  forget_later("admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration", name_);
  plane_.apply(
      "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata:\n  name: " + name_ +
      "\nwebhooks:\n  - name: gone.example.org\n    failurePolicy: Fail\n    sideEffects: None\n"
      "    admissionReviewVersions: [v1]\n    clientConfig:\n      service: {name: gone, namespace: " +
      name_ + "}\n    namespaceSelector:\n      matchLabels:\n        kubernetes.io/metadata.name: " + name_ +
      "\n    objectSelector:\n      matchLabels: {guarded: \"true\"}\n    rules:\n      - apiGroups: [\"\"]\n"
      "        apiVersions: [v1]\n        operations: [CREATE, UPDATE]\n        resources: [configmaps]\n");
  push_overlay({{"a.yaml", config_map("a", "1") + "# "},
                {"b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n  labels: {guarded: \"true\"}\n"}});
  service_.start();
  wait_until("the refusal is told", [&] {
    const auto status = service_.status(name_);
    return status.value("message", "").find("failed calling webhook") != std::string::npos &&
           condition(status, "Synced")["status"] == "False";
  });
  EXPECT_THAT(service_.status(name_)["message"].get<std::string>(), HasSubstr("b.yaml:1"));
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "a"));
}

}  // namespace
}  // namespace reconciler::test
