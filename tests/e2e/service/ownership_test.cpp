#include <fstream>

#include "base/digest.h"
#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

/// Whose an object is: objects that others made, and what annotations ask for.
class OwnershipTest : public ServiceTest {
 protected:
  std::string begin(const Files& files) {
    const auto commit = push_overlay(files);
    service_.start();
    return commit;
  }

  /// A ConfigMap that a person applied or created from a manifest with one field more than Git has.
  std::string older(const std::string& name) const {
    return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + name + "\n  namespace: " + name_ +
           "\ndata:\n  key: before\n  stale: \"1\"\n";
  }

  void kubectl_with(const std::string& verb, const std::string& manifest) const {
    const auto file = folder_ + "/by-hand.yaml";
    std::ofstream(file) << manifest;
    plane_.kubectl(verb + " -f '" + file + "'");
  }

  /// Kinds that the service has no right to as it is deployed.
  void let_service_manage(const std::string& groups, const std::string& resources) {
    forget_later("rbac.authorization.k8s.io/v1/ClusterRole", name_);
    plane_.apply("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: " + name_ +
                 "\n  labels:\n    gitops.spira.dev/aggregate-to-reconciler: \"true\"\nrules:\n  - apiGroups: [" +
                 groups + "]\n    resources: [" + resources +
                 "]\n    verbs: [get, list, watch, create, patch, delete]\n");
    wait_until("the service has the right", [&] {
      return plane_.get("rbac.authorization.k8s.io/v1/ClusterRole", "", "spira-reconciler-manages")
                 ->at("rules")
                 .dump()
                 .find(resources.substr(resources.rfind(' ') + 1)) != std::string::npos;
    });
  }

  json live(const std::string& name) const { return plane_.get("v1/ConfigMap", name_, name).value_or(json::object()); }

  std::vector<std::string> managers(const std::string& name) const {
    std::vector<std::string> managers;
    const auto object = live(name);
    for (const auto& entry : object["metadata"]["managedFields"]) managers.push_back(entry["manager"]);
    return managers;
  }

  static std::string annotated(const std::string& name, const std::string& value, const std::string& annotation) {
    return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + name + "\n  annotations:\n    gitops.spira.dev/" +
           annotation + "\ndata:\n  key: \"" + value + "\"\n";
  }
  static std::string immutable(const std::string& name, const std::string& value, const std::string& annotations = "") {
    return "apiVersion: v1\nkind: ConfigMap\nimmutable: true\nmetadata:\n  name: " + name + "\n" + annotations +
           "data:\n  key: \"" + value + "\"\n";
  }
  const std::string replace_ = "  annotations:\n    gitops.spira.dev/replace: enabled\n";
};

/// Objects whose definition was applied by hand, as they were, and comes with the environment.
class DefinedOwnershipTest : public OwnershipTest {
 protected:
  void SetUp() override {
    OwnershipTest::SetUp();
    forget_later("apiextensions.k8s.io/v1/CustomResourceDefinition", "gadgets." + group_);
    let_service_manage("apiextensions.k8s.io, " + group_, "customresourcedefinitions, gadgets");
    kubectl_with("apply", definition());
    plane_.kubectl("wait --for=condition=Established crd/gadgets." + group_);
    kubectl_with("apply", gadget("size: 1\nstale: 1\n"));
  }

  std::string definition() const {
    return "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: gadgets." + group_ +
           "\nspec:\n  group: " + group_ +
           "\n  scope: Namespaced\n  names: {kind: Gadget, plural: gadgets, singular: gadget}\n  versions:\n"
           "    - name: v1\n      served: true\n      storage: true\n      schema:\n        openAPIV3Schema:\n"
           "          type: object\n          properties:\n"
           "            size: {type: integer}\n            stale: {type: integer}\n";
  }
  std::string gadget(const std::string& fields, const std::string& annotations = "",
                     const std::string& name = "g") const {
    return "apiVersion: " + group_ + "/v1\nkind: Gadget\nmetadata:\n  name: " + name + "\n  namespace: " + name_ +
           "\n" + annotations + fields;
  }
  json live_gadget(const std::string& name = "g") const {
    return plane_.get(group_ + "/v1/Gadget", name_, name).value_or(json::object());
  }

  const std::string group_ = name_ + ".example.org";
};

TEST_F(DefinedOwnershipTest, adopt_from_kubectl_apply_of_a_custom_resource_with_its_definition) {
  wait_synced(begin({{"definition.yaml", definition()}, {"gadget.yaml", gadget("size: 2\n")}}));
  const auto object = live_gadget();
  EXPECT_EQ(object["size"], 2);
  EXPECT_FALSE(object.contains("stale"));
  EXPECT_FALSE(object["metadata"]["annotations"].contains("kubectl.kubernetes.io/last-applied-configuration"));
  ASSERT_EQ(object["metadata"]["managedFields"].size(), 1U);
  EXPECT_EQ(object["metadata"]["managedFields"][0]["manager"], "spira-reconciler");
  EXPECT_THAT(service_.status(name_)["lastSync"]["message"].get<std::string>(),
              HasSubstr("/g: adopt from kubectl-client-side-apply"));
}

TEST_F(DefinedOwnershipTest, if_not_present_leaves_a_custom_resource_that_lives_and_whose_definition_comes) {
  const auto before = live_gadget();
  const std::string annotation = "  annotations:\n    gitops.spira.dev/apply: IfNotPresent\n";
  wait_synced(begin({{"definition.yaml", definition()},
                     {"gadget.yaml", gadget("size: 2\n", annotation)},
                     {"missing.yaml", gadget("size: 2\n", annotation, "missing")}}));
  EXPECT_EQ(live_gadget(), before);
  EXPECT_EQ(live_gadget("missing")["size"], 2);
}

TEST_F(OwnershipTest, adopt_from_kubectl_apply_fields_that_git_does_not_have_go_away) {
  kubectl_with("apply", older("a"));
  const auto uid = live("a")["metadata"]["uid"];
  const auto commit = begin({{"a.yaml", config_map("a", "1")}});
  wait_synced(commit);
  const auto object = live("a");
  EXPECT_EQ(object["data"], (json{{"key", "1"}}));
  EXPECT_EQ(object["metadata"]["uid"], uid);
  EXPECT_FALSE(object["metadata"]["annotations"].contains("kubectl.kubernetes.io/last-applied-configuration"));
  EXPECT_EQ(managers("a"), std::vector<std::string>{"spira-reconciler"});
  EXPECT_THAT(service_.status(name_)["lastSync"]["message"].get<std::string>(),
              HasSubstr("adopt from kubectl-client-side-apply"));
}

TEST_F(OwnershipTest, adopt_from_kubectl_apply_in_an_older_version) {
  let_service_manage("autoscaling", "horizontalpodautoscalers");
  const std::string target = "  maxReplicas: 5\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n";
  const std::string head = "kind: HorizontalPodAutoscaler\nmetadata:\n  name: a\n  namespace: " + name_ + "\n";
  kubectl_with("apply", "apiVersion: autoscaling/v1\n" + head + "  labels: {stale: \"1\"}\nspec:\n" + target +
                            "  minReplicas: 2\n  targetCPUUtilizationPercentage: 70\n");
  wait_synced(begin({{"a.yaml", "apiVersion: autoscaling/v2\n" + head + "spec:\n" + target}}));
  const auto live = plane_.get("autoscaling/v2/HorizontalPodAutoscaler", name_, "a").value_or(json::object());
  const json& metadata = live["metadata"];
  EXPECT_FALSE(metadata["annotations"].contains("kubectl.kubernetes.io/last-applied-configuration"));
  EXPECT_FALSE(metadata["labels"].contains("stale"));
  EXPECT_EQ(live["spec"]["minReplicas"], 1) << "its default";
  ASSERT_EQ(metadata["managedFields"].size(), 1U);
  EXPECT_EQ(metadata["managedFields"][0]["manager"], "spira-reconciler");
  EXPECT_EQ(metadata["managedFields"][0]["apiVersion"], "autoscaling/v2");
}

TEST_F(OwnershipTest, adopt_from_kubectl_create_and_from_server_side_apply) {
  kubectl_with("create", older("a"));
  kubectl_with("apply --server-side", older("b"));
  const auto commit = begin({{"a.yaml", config_map("a", "1")}, {"b.yaml", config_map("b", "1")}});
  wait_synced(commit);
  for (const auto* name : {"a", "b"}) {
    EXPECT_EQ(live(name)["data"], (json{{"key", "1"}}));
    EXPECT_EQ(managers(name), std::vector<std::string>{"spira-reconciler"});
  }
}

TEST_F(OwnershipTest, adopt_from_helm_flux_and_argo_cd_says_who_manages_it_still) {
  kubectl_with("create --field-manager=helm", older("a"));
  plane_.kubectl("-n " + name_ + " annotate --field-manager=helm configmap a meta.helm.sh/release-name=shop");
  kubectl_with("apply --server-side --field-manager=kustomize-controller", older("b"));
  plane_.kubectl("-n " + name_ + " label --field-manager=kustomize-controller configmap b " +
                 "kustomize.toolkit.fluxcd.io/name=apps kustomize.toolkit.fluxcd.io/namespace=flux-system");
  kubectl_with("create --field-manager=argocd-controller", older("c"));
  wait_synced(
      begin({{"a.yaml", config_map("a", "1")}, {"b.yaml", config_map("b", "1")}, {"c.yaml", config_map("c", "1")}}));
  for (const auto* name : {"a", "b", "c"}) EXPECT_EQ(live(name)["data"], (json{{"key", "1"}})) << name;
  const std::string told = service_.status(name_)["lastSync"]["message"];
  for (const auto* words : {"adopt from helm", "Helm release shop", "adopt from kustomize-controller",
                            "Flux Kustomization flux-system/apps", "adopt from argocd-controller"}) {
    EXPECT_THAT(told, HasSubstr(words));
  }
}

TEST_F(OwnershipTest, fields_of_a_controller_stay_when_an_object_is_adopted) {
  kubectl_with("apply", older("a"));
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"of-a-controller", "1"}}}});
  wait_synced(begin({{"a.yaml", config_map("a", "1")}}));
  EXPECT_EQ(live("a")["data"], (json{{"key", "1"}, {"of-a-controller", "1"}}));
}

TEST_F(OwnershipTest, an_object_of_another_tools_apply_set_is_never_taken) {
  auto theirs = older("a");
  theirs.insert(theirs.find("  namespace"), "  labels:\n    applyset.kubernetes.io/part-of: applyset-theirs-v1\n");
  kubectl_with("apply --server-side", theirs);
  begin({{"a.yaml", config_map("a", "1")}});
  const auto status = wait_reason("Synced", "Rejected");
  EXPECT_THAT(status["message"].get<std::string>(),
              HasSubstr("belongs to ApplySet applyset-theirs-v1, whose parent is not to be found"));
  EXPECT_EQ(value_of("a"), "before");
  kubectl_with("create", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: shop\n  namespace: " + name_ +
                             "\n  labels:\n    applyset.kubernetes.io/id: applyset-theirs-v1\n");
  service_.ask_for_sync(name_);
  wait_until(
      "the parent is named",
      [&] {
        return service_.status(name_).value("message", "").find("applyset-theirs-v1 of Secret " + name_ + "/shop") !=
               std::string::npos;
      },
      kPatience, [&] { return service_.status(name_).dump(2); });
}

TEST_F(OwnershipTest, if_not_present_makes_what_is_missing_and_leaves_what_lives) {
  kubectl_with("create", older("a"));
  Files files{{"a.yaml", annotated("a", "1", "apply: IfNotPresent")},
              {"b.yaml", annotated("b", "1", "apply: IfNotPresent")}};
  wait_synced(begin(files));
  EXPECT_EQ(value_of("a"), "before");
  EXPECT_EQ(value_of("b"), "1");
  plane_.edit("v1/ConfigMap", name_, "b", {{"data", {{"key", "by hand"}}}});
  files["b.yaml"] = annotated("b", "2", "apply: IfNotPresent");
  wait_synced(push_overlay(files));
  EXPECT_EQ(value_of("b"), "by hand");
  plane_.remove("v1/ConfigMap", name_, "b");
  wait_value("b", "2");
  wait_synced(push_overlay({}));
  EXPECT_EQ(value_of("a"), "before");
  EXPECT_EQ(value_of("b"), "");
}

TEST_F(OwnershipTest, ignore_touches_nothing) {
  kubectl_with("create", older("a"));
  wait_synced(
      begin({{"a.yaml", annotated("a", "1", "apply: Ignore")}, {"b.yaml", annotated("b", "1", "apply: Ignore")}}));
  EXPECT_EQ(value_of("a"), "before");
  EXPECT_EQ(value_of("b"), "");
  EXPECT_EQ(service_.status(name_)["health"], "Healthy");
}

TEST_F(OwnershipTest, an_annotation_with_another_value_is_an_error) {
  begin({{"a.yaml", annotated("a", "1", "apply: Sometimes")},
         {"b.yaml", annotated("b", "1", "replace: \"true\"")},
         {"c.yaml", annotated("c", "1", "prune: disable")}});
  const std::string message = wait_reason("Synced", "Rejected")["message"];
  EXPECT_THAT(message, HasSubstr("gitops.spira.dev/apply"));
  EXPECT_THAT(message, HasSubstr("must be IfNotPresent or Ignore"));
  EXPECT_THAT(message, HasSubstr("gitops.spira.dev/replace"));
  EXPECT_THAT(message, HasSubstr("overlays/" + name_ + "/a.yaml"));
  EXPECT_THAT(message, HasSubstr("gitops.spira.dev/prune"));
  EXPECT_THAT(message, HasSubstr("must be disabled or confirmed"));
}

TEST_F(OwnershipTest, force_immutable_object_fails_and_says_how_to_replace_it) {
  wait_synced(begin({{"a.yaml", immutable("a", "1")}}));
  push_overlay({{"a.yaml", immutable("a", "2")}});
  const std::string message = wait_reason("Synced", "Rejected")["message"];
  EXPECT_THAT(message, HasSubstr("field is immutable"));
  EXPECT_THAT(message, HasSubstr("gitops.spira.dev/replace: enabled"));
  EXPECT_EQ(value_of("a"), "1");
}

TEST_F(OwnershipTest, force_immutable_object_is_replaced_when_it_says_so) {
  wait_synced(begin({{"a.yaml", immutable("a", "1")}}));
  const auto uid = live("a")["metadata"]["uid"];
  wait_synced(push_overlay({{"a.yaml", immutable("a", "2", replace_)}}));
  EXPECT_EQ(value_of("a"), "2");
  EXPECT_NE(live("a")["metadata"]["uid"], uid);
  EXPECT_THAT(service_.status(name_)["lastSync"]["message"].get<std::string>(), HasSubstr("deleted and made anew"));
}

TEST_F(OwnershipTest, force_immutable_object_that_nobody_owned_is_replaced_at_the_first_try) {
  const auto by_hand = [&](const std::string& finalizers) {
    plane_.apply("apiVersion: v1\nkind: ConfigMap\nimmutable: true\nmetadata:\n  name: a\n  namespace: " + name_ +
                 "\n" + finalizers + "data:\n  key: by hand\n");
    return live("a")["metadata"]["uid"].get<std::string>();
  };
  const auto uid = by_hand("  finalizers: [example.org/hold]\n");
  const auto commit = begin({{"a.yaml", immutable("a", "1", replace_)}});
  wait_until(
      "it waits for that very object to go",
      [&] {
        return service_.status(name_).value("waitsFor", json::array()).dump().find("example.org/hold") !=
               std::string::npos;
      },
      kPatience, [&] { return service_.status(name_).dump(2); });
  EXPECT_EQ(live("a")["metadata"]["uid"], uid);
  plane_.edit("v1/ConfigMap", name_, "a", {{"metadata", {{"finalizers", nullptr}}}});
  wait_synced(commit);
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_EQ(service_.metric("reconciler_reconciles_total", "result=\"failed\""), 0);
}

TEST_F(OwnershipTest, force_immutable_object_that_a_finalizer_holds_is_awaited_by_name_and_made_once_it_is_gone) {
  wait_synced(begin({{"a.yaml", immutable("a", "1")}, {"b.yaml", config_map("b", "1")}}));
  const auto uid = live("a")["metadata"]["uid"];
  plane_.edit("v1/ConfigMap", name_, "a", {{"metadata", {{"finalizers", {"example.org/hold"}}}}});
  const auto commit = push_overlay({{"a.yaml", immutable("a", "2", replace_)}, {"b.yaml", config_map("b", "2")}});
  wait_until(
      "it says what it waits for",
      [&] {
        const auto waits = service_.status(name_).value("waitsFor", json::array()).dump();
        return waits.find("ConfigMap " + name_ + "/a: is being deleted") != std::string::npos &&
               waits.find("example.org/hold") != std::string::npos;
      },
      kPatience, [&] { return service_.status(name_).dump(2); });
  EXPECT_EQ(value_of("b"), "2");
  EXPECT_EQ(live("a")["metadata"]["uid"], uid);
  EXPECT_EQ(value_of("a"), "1");
  const auto version = live("a")["metadata"]["resourceVersion"];
  service_.kill();
  service_.start();
  wait_until("it waits again", [&] { return service_.status(name_).contains("waitsFor"); });
  EXPECT_EQ(live("a")["metadata"]["resourceVersion"], version) << "nothing is done to it meanwhile";
  plane_.edit("v1/ConfigMap", name_, "a", {{"metadata", {{"finalizers", nullptr}}}});
  wait_synced(commit);
  EXPECT_EQ(value_of("a"), "2");
  EXPECT_NE(live("a")["metadata"]["uid"], uid);
}

TEST_F(OwnershipTest, a_resync_that_replaces_what_a_finalizer_holds_makes_it_again_also_where_nothing_heals_itself) {
  write_environment("  namespace: " + name_ + "\n  selfHeal: false\n");
  wait_synced(begin({{"a.yaml", immutable("a", "1", replace_)}}));
  const std::string part_of = live("a")["metadata"]["labels"]["applyset.kubernetes.io/part-of"];
  plane_.remove("v1/ConfigMap", name_, "a");
  wait_until("it is missed", [&] { return service_.status(name_)["sync"] == "OutOfSync"; });
  plane_.apply("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: " + name_ +
               "\n  labels: {applyset.kubernetes.io/part-of: " + part_of +
               "}\n  finalizers: [example.org/hold]\nimmutable: true\ndata:\n  value: by hand\n");
  service_.ask_for_sync(name_);
  wait_until(
      "it says what it waits for",
      [&] {
        return service_.status(name_).value("waitsFor", json::array()).dump().find("example.org/hold") !=
               std::string::npos;
      },
      kPatience, [&] { return service_.status(name_).dump(2); });
  plane_.edit("v1/ConfigMap", name_, "a", {{"metadata", {{"finalizers", nullptr}}}});
  wait_until("it is made again", [&] { return value_of("a") == "1"; });
}

TEST_F(OwnershipTest, force_immutable_object_with_the_longest_name_is_replaced) {
  const std::string name(63, 'w');
  const auto service = [&](const std::string& spec) {
    return "apiVersion: v1\nkind: Service\nmetadata:\n  name: " + name + "\n" + replace_ + "spec:\n" + spec +
           "  ports:\n    - port: 80\n";
  };
  const auto live_service = [&] { return *plane_.get("v1/Service", name_, name); };
  wait_synced(begin({{"web.yaml", service("")}}));
  const auto uid = live_service()["metadata"]["uid"];
  wait_synced(push_overlay({{"web.yaml", service("  clusterIP: None\n")}}));
  EXPECT_EQ(live_service()["spec"]["clusterIP"], "None");
  EXPECT_NE(live_service()["metadata"]["uid"], uid);
}

TEST_F(OwnershipTest, force_immutable_secret_is_replaced_and_its_value_is_not_told) {
  const auto secret = [&](const std::string& value) {
    return "apiVersion: v1\nkind: Secret\nimmutable: true\nmetadata:\n  name: fixed\n" + replace_ +
           "stringData:\n  key: " + canary_ + value + "\n";
  };
  wait_synced(begin({{"secret.yaml", secret("1")}}));
  wait_synced(push_overlay({{"secret.yaml", secret("2")}}));
  EXPECT_EQ(plane_.get("v1/Secret", name_, "fixed")->at("data").at("key"), base64(canary_ + "2"));
}

TEST_F(OwnershipTest, replace_deletes_nothing_for_a_manifest_that_is_merely_invalid) {
  const auto service = [&](const std::string& port) {
    return "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n" + replace_ +
           "spec:\n  ports:\n    - port: " + port + "\n";
  };
  wait_synced(begin({{"web.yaml", service("80")}}));
  const auto uid = plane_.get("v1/Service", name_, "web")->at("metadata").at("uid");
  push_overlay({{"web.yaml", service("99999")}});
  const std::string message = wait_reason("Synced", "Rejected")["message"];
  EXPECT_THAT(message, HasSubstr("spec.ports[0].port"));
  EXPECT_THAT(message, Not(HasSubstr("anew")));
  EXPECT_EQ(plane_.get("v1/Service", name_, "web")->at("metadata").at("uid"), uid);
}

TEST_F(OwnershipTest, replace_deletes_nothing_when_the_new_form_would_be_refused) {
  const auto workload = [&](const std::string& label, const std::string& image) {
    auto text = deployment("web", 0);
    text.replace(text.find("image: example.org/idle:1"), 25, "image: " + image);
    for (auto at = text.find("app: web"); at != std::string::npos; at = text.find("app: web", at))
      text.replace(at, 8, "app: " + label);
    text.insert(text.find("spec:"), replace_);
    return text;
  };
  wait_synced(begin({{"web.yaml", workload("one", "example.org/idle:1")}}));
  const auto uid = plane_.get("apps/v1/Deployment", name_, "web")->at("metadata").at("uid");
  push_overlay({{"web.yaml", workload("two", "\"\"")}});
  wait_reason("Synced", "Rejected");
  EXPECT_EQ(plane_.get("apps/v1/Deployment", name_, "web")->at("metadata").at("uid"), uid);
  wait_synced(push_overlay({{"web.yaml", workload("two", "example.org/idle:1")}}));
  EXPECT_NE(plane_.get("apps/v1/Deployment", name_, "web")->at("metadata").at("uid"), uid);
}

}  // namespace
}  // namespace reconciler::test
