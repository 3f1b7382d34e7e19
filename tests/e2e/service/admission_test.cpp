#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

/// All or nothing at the door; and what still fails behind it.
class AdmissionTest : public ServiceTest {
 protected:
  std::string group() const { return name_ + ".example.org"; }
  std::string definition_name() const { return "widgets." + group(); }

  void allow_widgets() {
    forget_later("apiextensions.k8s.io/v1/CustomResourceDefinition", definition_name());
    forget_later("rbac.authorization.k8s.io/v1/ClusterRole", name_);
    plane_.apply("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: " + name_ +
                 "\n  labels:\n    gitops.spira.dev/aggregate-to-reconciler: \"true\"\nrules:\n"
                 "  - apiGroups: [apiextensions.k8s.io]\n    resources: [customresourcedefinitions]\n"
                 "    verbs: [get, list, watch, create, patch, delete]\n"
                 "  - apiGroups: [" +
                 group() +
                 "]\n    resources: [widgets, gadgets]\n    verbs: [get, list, watch, create, patch, delete]\n");
    wait_until("the service has the right", [&] {
      return plane_.get("rbac.authorization.k8s.io/v1/ClusterRole", "", "spira-reconciler-manages")
                 ->at("rules")
                 .dump()
                 .find(group()) != std::string::npos;
    });
  }

  std::string definition(const std::string& properties) const {
    return "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: " +
           definition_name() + "\nspec:\n  group: " + group() +
           "\n  scope: Namespaced\n  names: {kind: Widget, plural: widgets, singular: widget}\n  versions:\n"
           "    - name: v1\n      served: true\n      storage: true\n      schema:\n        openAPIV3Schema:\n"
           "          type: object\n          properties:\n            spec:\n              type: object\n"
           "              properties: " +
           properties + "\n";
  }

  std::string widget(const std::string& spec) const {
    return "apiVersion: " + group() + "/v1\nkind: Widget\nmetadata:\n  name: w\n  namespace: " + name_ +
           "\nspec: " + spec + "\n";
  }

  std::string quota(int count) const {
    return "apiVersion: v1\nkind: ResourceQuota\nmetadata:\n  name: few\n  namespace: " + name_ +
           "\nspec:\n  hard:\n    count/configmaps: \"" + std::to_string(count) + "\"\n";
  }
  /// Besides the one that each namespace has.
  void let_in_one_config_map() {
    wait_until("the namespace has its first ConfigMap",
               [&] { return plane_.exists("v1/ConfigMap", name_, "kube-root-ca.crt"); });
    plane_.apply(quota(2));
    wait_until("the quota counts", [&] {
      const auto live = plane_.get("v1/ResourceQuota", name_, "few");
      return live->contains("status") && live->at("status").contains("used");
    });
  }

  std::string in_namespace(std::string manifest) const {
    return manifest.insert(manifest.find("metadata:\n") + 10, "  namespace: " + name_ + "\n");
  }

  std::string push_without_namespace(const Files& manifests) {
    repository_.write_folder("overlays/" + name_, overlay("", manifests));
    return push();
  }

  /// ConfigMaps and Secrets of that namespace come into being only as the expression says, which refuses the name
  /// `refused`.
  void set_policy(const std::string& namespace_, const std::string& expression, const std::string& refused) {
    deny({namespace_, "CREATE", "configmaps, secrets", expression});
    wait_until("the policy holds", [&] {
      kube::CreateRequest request;
      request.key = {{"", "ConfigMap"}, namespace_, refused};
      request.api_version = "v1";
      request.body =
          json{
              {"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", refused}, {"namespace", namespace_}}}}
              .dump();
      const bool is_refused = !plane_.admin().create(request);
      plane_.remove("v1/ConfigMap", namespace_, refused);
      return is_refused;
    });
  }

  std::string told_of(const std::string& config_map, const char* field) const {
    const auto objects = service_.objects(name_);
    const auto found = objects.find("ConfigMap " + name_ + "/" + config_map);
    return found == objects.end() ? "" : found->second.value(field, "");
  }
  std::string sync_of(const std::string& config_map) const { return told_of(config_map, "sync"); }
  std::string revision_of(const std::string& config_map) const { return told_of(config_map, "revision"); }
};

TEST_F(AdmissionTest, an_object_that_does_not_fit_the_definition_of_its_commit_leaves_nothing) {
  allow_widgets();
  push_without_namespace({{"definition.yaml", definition("{size: {type: integer, maximum: 9}}")},
                          {"widget.yaml", widget("{size: 12, colour: red}")}});
  service_.start();
  const auto status = wait_reason("Synced", "Rejected");
  const auto message = status["message"].get<std::string>();
  EXPECT_THAT(message, HasSubstr("Widget." + group() + " " + name_ + "/w"));
  EXPECT_THAT(message, HasSubstr("spec.size: must be at most 9"));
  EXPECT_THAT(message, HasSubstr("spec.colour: is no field that the definition knows"));
  EXPECT_FALSE(plane_.exists("apiextensions.k8s.io/v1/CustomResourceDefinition", "", definition_name()));
}

TEST_F(AdmissionTest, an_object_that_a_rule_of_its_commits_definition_refuses_is_told_and_nothing_but_that_is_written) {
  allow_widgets();
  const auto rule = definition(
      "{size: {type: integer, x-kubernetes-validations: [{rule: \"self < 10\", message: must stay small}]}}");
  const auto other = in_namespace(config_map("other", "1"));
  push_without_namespace({{"definition.yaml", rule}, {"widget.yaml", widget("{size: 12}")}, {"other.yaml", other}});
  service_.start();
  // At first once the definition is there, then already by the trial.
  wait_until(
      "the rule is told",
      [&] { return service_.status(name_).value("message", "").find("must stay small") != std::string::npos; },
      kPatience, [&] { return service_.status(name_).dump(2); });
  const auto message = service_.status(name_)["message"].get<std::string>();
  EXPECT_THAT(message, HasSubstr("Widget." + group() + " " + name_ + "/w"));
  EXPECT_THAT(message, HasSubstr("spec.size"));
  EXPECT_EQ(value_of("other"), "");
  wait_synced(
      push_without_namespace({{"definition.yaml", rule}, {"widget.yaml", widget("{size: 9}")}, {"other.yaml", other}}));
  plane_.admin().forget_discovery();
  EXPECT_EQ(plane_.get(group() + "/v1/Widget", name_, "w")->at("spec").at("size"), 9);
}

TEST_F(AdmissionTest, a_definition_that_is_never_established_is_told_with_its_cause_and_the_next_good_commit_mends_it) {
  allow_widgets();
  plane_.apply(definition("{size: {type: integer}}"));
  forget_later("apiextensions.k8s.io/v1/CustomResourceDefinition", "gadgets." + group());
  const auto gadgets = [&](const std::string& singular) {
    return "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: gadgets." +
           group() + "\nspec:\n  group: " + group() +
           "\n  scope: Namespaced\n  names: {kind: Gadget, plural: gadgets, singular: " + singular +
           "}\n  versions:\n    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}\n";
  };
  Files files{{"definition.yaml", gadgets("widget")},
              {"gadget.yaml",
               "apiVersion: " + group() + "/v1\nkind: Gadget\nmetadata:\n  name: g\n  namespace: " + name_ + "\n"},
              {"other.yaml", in_namespace(config_map("other", "1"))}};
  push_without_namespace(files);
  service_.start();
  const auto definition = "CustomResourceDefinition.apiextensions.k8s.io gadgets." + group();
  const auto is_told = [&] {
    const auto status = service_.status(name_);
    const auto message = condition(status, "Synced").value("message", "");
    return condition(status, "Synced").value("reason", "") == "ApplyFailed" &&
           message.find(definition) != std::string::npos && message.find("\"widget\"") != std::string::npos;
  };
  wait_until("the conflict is told", is_told, kPatience, [&] { return service_.status(name_).dump(2); });
  const auto first = service_.status(name_)["lastSync"]["id"];
  wait_until(
      "the next try tells the same", [&] { return service_.status(name_)["lastSync"]["id"] != first && is_told(); },
      kPatience, [&] { return service_.status(name_).dump(2); });
  EXPECT_EQ(value_of("other"), "");
  files["definition.yaml"] = gadgets("gadget");
  wait_synced(push_without_namespace(files));
  plane_.admin().forget_discovery();
  EXPECT_TRUE(plane_.exists(group() + "/v1/Gadget", name_, "g"));
}

TEST_F(AdmissionTest, a_policy_and_a_webhook_of_the_same_commit_come_after_the_objects_that_they_would_refuse) {
  for (const auto* kind :
       {"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration"}) {
    forget_later(std::string("admissionregistration.k8s.io/v1/") + kind, name_);
  }
  for (const auto* plural :
       {"validatingadmissionpolicies", "validatingadmissionpolicybindings", "validatingwebhookconfigurations"}) {
    plane_.allow("admissionregistration.k8s.io", plural);
  }
  const auto head = [&](const std::string& kind) {
    return "apiVersion: admissionregistration.k8s.io/v1\nkind: " + kind + "\nmetadata:\n  name: " + name_ + "\n";
  };
  const auto here = "    namespaceSelector:\n      matchLabels: {kubernetes.io/metadata.name: " + name_ + "}\n";
  const std::string rule = "[{apiGroups: [\"\"], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [";
  Files files{{"a.yaml", in_namespace(config_map("a", "1"))},
              {"web.yaml", in_namespace("apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n"
                                        "    - port: 80\n")},
              {"policy.yaml", head("ValidatingAdmissionPolicy") + "spec:\n  matchConstraints:\n" + here +
                                  "    resourceRules: " + rule + "configmaps]}]\n  validations:\n    - expression: \"" +
                                  "object.metadata.name != 'a'\"\n      message: not this one\n"},
              {"binding.yaml", head("ValidatingAdmissionPolicyBinding") + "spec:\n  policyName: " + name_ +
                                   "\n  validationActions: [Deny]\n"},
              {"webhook.yaml", head("ValidatingWebhookConfiguration") +
                                   "webhooks:\n  - name: nobody.example.org\n    admissionReviewVersions: [v1]\n"
                                   "    sideEffects: None\n    timeoutSeconds: 1\n"
                                   "    clientConfig: {url: \"https://127.0.0.1:1/\"}\n" +
                                   here + "    rules: " + rule + "services]}]\n"}};
  service_.start();
  wait_synced(push_without_namespace(files));
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_TRUE(plane_.exists("v1/Service", name_, "web"));
  wait_until("the policy holds", [&] {
    try {
      plane_.edit("v1/ConfigMap", name_, "a", {{"metadata", {{"labels", {{"probe", "1"}}}}}});
      return false;
    } catch (const std::exception&) {
      return true;
    }
  });
  files["a.yaml"] = in_namespace(config_map("a", "2"));
  push_without_namespace(files);
  wait_until(
      "the refusal is told",
      [&] { return service_.status(name_).value("message", "").find("not this one") != std::string::npos; }, kPatience,
      [&] { return service_.status(name_).dump(2); });
  EXPECT_EQ(value_of("a"), "1");
}

TEST_F(AdmissionTest, a_definition_gains_a_field_and_an_object_uses_it_in_one_commit) {
  allow_widgets();
  service_.start();
  wait_synced(push_without_namespace(
      {{"definition.yaml", definition("{size: {type: integer}}")}, {"widget.yaml", widget("{size: 1}")}}));
  wait_synced(
      push_without_namespace({{"definition.yaml", definition("{size: {type: integer}, colour: {type: string}}")},
                              {"widget.yaml", widget("{size: 1, colour: red}")}}));
  plane_.admin().forget_discovery();
  EXPECT_EQ(plane_.get(group() + "/v1/Widget", name_, "w")->at("spec").at("colour"), "red");
}

TEST_F(AdmissionTest, a_definition_leaves_git_and_goes_once_no_object_of_its_kind_lives) {
  allow_widgets();
  service_.start();
  const auto keeps = std::pair(
      "stays.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: stays\n  namespace: " + name_ + "\n");
  wait_synced(push_without_namespace(
      {keeps, {"definition.yaml", definition("{size: {type: integer}}")}, {"widget.yaml", widget("{size: 1}")}}));
  plane_.apply("apiVersion: " + group() + "/v1\nkind: Widget\nmetadata:\n  name: by-hand\n  namespace: " + name_ +
               "\n");
  wait_synced(push_without_namespace({keeps}));
  EXPECT_TRUE(plane_.exists("apiextensions.k8s.io/v1/CustomResourceDefinition", "", definition_name()));
  plane_.admin().forget_discovery();
  plane_.remove(group() + "/v1/Widget", name_, "by-hand");
  service_.post("/api/v1/environments/" + name_ + "/sync", "", {{"Authorization", "Bearer " + service_.token()}});
  wait_until("the definition goes",
             [&] { return !plane_.exists("apiextensions.k8s.io/v1/CustomResourceDefinition", "", definition_name()); });
}

TEST_F(AdmissionTest, a_definition_that_is_deleted_while_a_sync_waits_comes_again_with_its_objects) {
  allow_widgets();
  auto slow = deployment("slow", 1);
  slow.insert(slow.find("  replicas:"), "  minReadySeconds: 5\n");
  slow.insert(slow.find("metadata:\n") + 10, "  namespace: " + name_ + "\n");
  auto late = config_map("late", "1");
  late.insert(late.find("metadata:\n") + 10,
              "  namespace: " + name_ + "\n  annotations: {gitops.spira.dev/wave: \"1\"}\n");
  const auto commit = push_without_namespace({{"definition.yaml", definition("{size: {type: integer}}")},
                                              {"widget.yaml", widget("{size: 1}")},
                                              {"slow.yaml", slow},
                                              {"late.yaml", late}});
  service_.start();
  const auto kind = group() + "/v1/Widget";
  wait_until("the sync waits, and the object lives",
             [&] { return service_.status(name_).contains("waitsFor") && plane_.exists(kind, name_, "w"); });
  const auto first = plane_.get(kind, name_, "w")->at("metadata").at("uid");
  plane_.remove("apiextensions.k8s.io/v1/CustomResourceDefinition", "", definition_name());
  wait_synced(commit);
  EXPECT_TRUE(plane_.exists("v1/ConfigMap", name_, "late"));
  ASSERT_TRUE(plane_.exists(kind, name_, "w"));
  EXPECT_NE(plane_.get(kind, name_, "w")->at("metadata").at("uid"), first);
}

TEST_F(AdmissionTest, an_object_whose_kind_is_served_only_later_goes_live_then_without_a_commit) {
  allow_widgets();
  service_.start();
  const auto commit = push_without_namespace({{"widget.yaml", widget("{size: 1}")}});
  EXPECT_THAT(wait_reason("Synced", "Rejected")["message"].get<std::string>(), HasSubstr("Widget." + group()));
  plane_.apply(definition("{size: {type: integer}}"));
  wait_synced(commit);
  plane_.admin().forget_discovery();
  EXPECT_TRUE(plane_.exists(group() + "/v1/Widget", name_, "w"));
}

TEST_F(AdmissionTest, a_quota_that_stops_a_sync_half_way_is_told_and_the_sync_goes_on_from_there) {
  let_in_one_config_map();
  const auto commit = push_overlay({{"a.yaml", config_map("a", "1")}, {"b.yaml", config_map("b", "1")}});
  service_.start();
  const auto status = wait_reason("Synced", "Forbidden");
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("exceeded quota"));
  EXPECT_NE(status["revision"]["applied"], commit);
  const bool has_a = plane_.exists("v1/ConfigMap", name_, "a");
  EXPECT_NE(has_a, plane_.exists("v1/ConfigMap", name_, "b")) << "one was let in";
  EXPECT_EQ(sync_of(has_a ? "a" : "b"), "Synced");
  const auto refused = "ConfigMap " + name_ + (has_a ? "/b" : "/a");
  wait_until("the refused one is told", [&] {
    const auto told = service_.objects(name_).at(refused);
    return told.value("sync", "") == "Failed" && told.value("message", "").find("exceeded quota") != std::string::npos;
  });
  plane_.apply(quota(9));
  wait_synced(commit);
}

TEST_F(AdmissionTest, a_sync_that_ends_half_way_says_at_which_commit_each_object_is_also_after_a_kill) {
  let_in_one_config_map();
  const auto late = [](const std::string& value) {
    auto manifest = config_map("late", value);
    return manifest.insert(manifest.find("  name:"), "  annotations: {gitops.spira.dev/wave: \"1\"}\n");
  };
  plane_.apply(quota(4));
  const Files files{{"early.yaml", config_map("early", "1")}, {"late.yaml", late("1")}};
  service_.start();
  const auto first = push_overlay(files);
  wait_synced(first);
  EXPECT_EQ(revision_of("early"), first);
  const auto second = push_overlay({{"early.yaml", config_map("early", "2")},
                                    {"late.yaml", late("2")},
                                    {"a.yaml", config_map("a", "1")},
                                    {"b.yaml", config_map("b", "1")}});
  const auto wait_told = [&](const std::string& head) {
    wait_until(
        "each object has its commit",
        [&] {
          const auto a = revision_of("a");
          return revision_of("early") == second && revision_of("late") == first && a + revision_of("b") == second &&
                 service_.status(name_)["revision"]["head"] == head;
        },
        kPatience, [&] { return service_.get("/api/v1/environments/" + name_ + "/objects").body; });
  };
  wait_told(second);
  wait_reason("Synced", "Forbidden");
  service_.kill();
  service_.start();
  wait_told(second);
  const auto third =
      push_overlay({{"early.yaml", config_map("early", "3")}, {"late.yaml", late("3")}, {"a.yaml", "kind: None\n"}});
  wait_told(third);
  wait_synced(push_overlay(files));
}

TEST_F(AdmissionTest, what_a_failed_sync_has_written_is_pruned_when_the_next_commit_has_it_no_more) {
  let_in_one_config_map();
  push_overlay({{"a.yaml", config_map("a", "1")}, {"b.yaml", config_map("b", "1")}});
  service_.start();
  wait_reason("Synced", "Forbidden");
  EXPECT_NE(plane_.exists("v1/ConfigMap", name_, "a"), plane_.exists("v1/ConfigMap", name_, "b")) << "one was let in";
  wait_synced(push_overlay({}));
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "a"));
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "b"));
}

TEST_F(AdmissionTest, a_policy_that_lets_the_trial_pass_and_refuses_the_write_is_told_and_the_sync_goes_on_from_there) {
  set_policy(name_, "request.dryRun || object.metadata.name != 'b'", "b");
  const auto commit = push_overlay({{"a.yaml", config_map("a", "1")}, {"b.yaml", config_map("b", "1")}});
  service_.start();
  // It is tried again and again; between two tries this is told:
  wait_until("the refusal is told", [&] {
    const auto status = service_.status(name_);
    return status.value("message", "").find("not this one") != std::string::npos &&
           status["lastSync"]["result"] == "Failed" && sync_of("a") == "Synced" && sync_of("b") == "Failed";
  });
  EXPECT_TRUE(plane_.exists("v1/ConfigMap", name_, "a"));
  plane_.remove("admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding", "", name_);
  wait_synced(commit);
}

TEST_F(AdmissionTest, a_policy_of_the_trial_namespace_alone_refuses_no_commit_with_a_namespace_of_its_own) {
  const auto fresh = name_ + "-fresh";
  forget_later("v1/Namespace", fresh);
  set_policy("default", "\"!object.metadata.name.startsWith('" + name_ + "')\"", name_);
  const auto in_fresh = [&](std::string manifest, const std::string& more = "") {
    manifest.insert(manifest.find("  name: "), "  namespace: " + fresh + "\n" + more);
    return manifest;
  };
  service_.start();
  wait_synced(push_without_namespace({{"fresh.yaml", namespace_manifest(fresh)},
                                      {"a.yaml", in_fresh(config_map(name_, "1"))},
                                      {"secret.yaml", in_fresh(secret(name_ + "-login", canary_))},
                                      {"hook.yaml", in_fresh(config_map(name_ + "-hook", "1"),
                                                             "  annotations: {gitops.spira.dev/hook: PreSync}\n")}}));
  for (const auto* end : {"", "-hook"}) EXPECT_TRUE(plane_.exists("v1/ConfigMap", fresh, name_ + end));
  EXPECT_TRUE(plane_.exists("v1/Secret", fresh, name_ + "-login"));
}

TEST_F(AdmissionTest, drift_that_a_failed_sync_did_not_reach_counts_neither_as_put_back_nor_as_a_fight) {
  service_.start();
  wait_synced(push_overlay({{"web.yaml", deployment("web", 1)}}));
  set_policy(name_, "request.dryRun || object.metadata.name != 'refused'", "refused");
  const auto replicas = [&] { return plane_.get("apps/v1/Deployment", name_, "web")->at("spec").at("replicas"); };
  push_overlay({{"refused.yaml", config_map("refused", "1")}, {"web.yaml", deployment("web", 1)}});
  const auto failures = [&] { return service_.metric("reconciler_reconciles_total", "result=\"failed\""); };
  wait_until("it fails", [&] { return failures() > 0; });
  plane_.edit("apps/v1/Deployment", name_, "web", {{"spec", {{"replicas", 5}}}});
  const auto before = failures();
  wait_until("it was tried three times more", [&] { return failures() >= before + 3; });
  EXPECT_EQ(replicas(), 5);
  EXPECT_EQ(service_.metric("reconciler_drift_reverted_total", name_), 0);
  EXPECT_TRUE(condition(service_.status(name_), "Contested").empty());
  push_overlay({{"web.yaml", deployment("web", 1)}});
  wait_until("the drift is put back", [&] { return replicas() == 1; });
}

}  // namespace
}  // namespace reconciler::test
