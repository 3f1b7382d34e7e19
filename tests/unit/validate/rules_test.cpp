#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "set.h"

namespace reconciler::validate {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string config_map(const std::string& metadata, const std::string& data = "") {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, " + metadata + "}\ndata: {" + data + "}\n---\n";
}
std::string annotated(const std::string& annotation, const std::string& value) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  namespace: default\n  annotations:\n    "
         "gitops.spira.dev/" +
         annotation + ": \"" + value + "\"\n---\n";
}

TEST(Namespace, is_said_and_in_the_set) {
  EXPECT_THAT(found_in(config_map("namespace: default")), IsEmpty());
  EXPECT_THAT(found_in(config_map("labels: {}")),
              ElementsAre(StartsWith("namespace ConfigMap c: metadata.namespace: names no")));
  EXPECT_THAT(found_in(config_map("namespace: lost")), ElementsAre(HasSubstr("the set has no Namespace 'lost'")));
  EXPECT_THAT(found_in(config_map("namespace: a") + "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"),
              IsEmpty());
  EXPECT_THAT(found_in("apiVersion: example.org/v1\nkind: Unknown\nmetadata: {name: u}\n"), IsEmpty());
}

TEST(Namespace, is_asked_of_the_definitions_of_the_set) {
  const auto definition = [](const std::string& scope) {
    return "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: us.example.org}\n"
           "spec: {group: example.org, scope: " +
           scope +
           ", names: {kind: U}}\n---\n"
           "apiVersion: example.org/v1\nkind: U\nmetadata: {name: u}\n";
  };
  EXPECT_THAT(found_in(definition("Cluster")), IsEmpty());
  EXPECT_THAT(found_in(definition("Namespaced")), ElementsAre(StartsWith("namespace U.example.org u")));
}

TEST(Namespace, may_be_said_by_the_environment) {
  EXPECT_THAT(validate(set_of(config_map("labels: {}")), {"default"}).value(), IsEmpty());
}

TEST(ApiVersion, is_one_that_kubernetes_serves) {
  const auto object = [](const std::string& type) { return type + "\nmetadata: {name: x, namespace: default}\n"; };
  EXPECT_THAT(
      found_in(object("apiVersion: policy/v1beta1\nkind: PodDisruptionBudget")),
      ElementsAre("removed-api PodDisruptionBudget.policy default/x: apiVersion: policy/v1beta1 left Kubernetes "
                  "1.25; use policy/v1"));
  EXPECT_THAT(found_in(object("apiVersion: v1\nkind: Endpoints")), ElementsAre(StartsWith("deprecated-api Endpoints")));
  EXPECT_THAT(found_in(object("apiVersion: networking.k8s.io/v1beta1\nkind: ServiceCIDR")), IsEmpty());
}

TEST(Annotation, holds_what_the_service_takes) {
  for (const auto& [annotation, good, bad] : std::vector<std::tuple<const char*, const char*, const char*>>{
           {"wave", "-5", "soon"},
           {"wave", "1", "1.5"},
           {"hook", "PostSync", "AfterSync"},
           {"hook-delete-policy", "HookSucceeded, BeforeHookCreation\"\n    gitops.spira.dev/hook: \"PreSync",
            "HookFailed"},
           {"hook-delete-policy", "HookFailed\"\n    gitops.spira.dev/hook: \"PreSync",
            "Never\"\n    gitops.spira.dev/hook: \"PreSync"},
           {"prune", "disabled", "false"},
           {"apply", "IfNotPresent", "Once"},
           {"replace", "enabled", "true"},
           {"ignore", "/spec/replicas", "spec.replicas"},
           {"depends-on", "/ConfigMap/default/c2", "ConfigMap/c2"},
           {"depends-on", "/ConfigMap/default/c2", "/ConfigMap/default/c3"},
           {"validate-ignore", "image, key", "images"}}) {
    const std::string other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c2, namespace: default}\n";
    EXPECT_THAT(found_in(annotated(annotation, good) + other), IsEmpty()) << annotation;
    EXPECT_THAT(found_in(annotated(annotation, bad) + other),
                ElementsAre(StartsWith("annotation ConfigMap default/c: ")))
        << annotation;
  }
}

TEST(Annotation, makes_no_circle_of_dependencies) {
  EXPECT_THAT(found_in(annotated("depends-on", "/ConfigMap/default/c")), ElementsAre(HasSubstr("leads in a circle")));
}

std::string value_in(const std::string& kind, const std::string& value) {
  return "apiVersion: v1\nkind: " + kind + "\nmetadata: {name: c, namespace: a}\n" +
         (kind == "Secret" ? "stringData" : "data") + ": {url: \"" + value + "\"}\n---\n" +
         pod("  containers: [{name: c, image: 'i:1', ports: [{containerPort: 4222}]}]\n") +
         "apiVersion: v1\nkind: Service\nmetadata: {name: nats, namespace: a}\nspec: {selector: {app: web}, ports: "
         "[{port: 4222}]}\n";
}

TEST(Address, names_a_service_and_its_port) {
  for (const char* good :
       {"nats://nats:4222", "nats://nats", "nats://u:p@nats:4222/x", "http://localhost:1", "http://[::1]:1",
        "http://10.0.0.1:80", "https://example.org", "s3://bucket/path", "http://$(HOST):80", "tcp://nats.a.svc:4222",
        "see http://lost for more", "http://lost.example.svcs/"})
    EXPECT_THAT(found_in(value_in("ConfigMap", good)), IsEmpty()) << good;
  for (const char* bad : {"nats://natz:4222", "nats://nats:4223", "http://nats", "postgresql+psycopg2://u:p@db/x",
                          "listen on natz.a.svc.cluster.local:4222", "tls://nats.b.svc"})
    EXPECT_THAT(found_in(value_in("ConfigMap", bad)), ElementsAre(StartsWith("address ConfigMap a/c: data.url: ")))
        << bad;
}

TEST(Address, of_a_secret_is_not_told) {
  const auto found = found_in(value_in("Secret", "nats://user:hunter2@natz:4222"));
  ASSERT_THAT(found, ElementsAre(StartsWith("address Secret a/c: stringData.url: ")));
  EXPECT_EQ(found.front().find("natz"), std::string::npos);
  EXPECT_EQ(found.front().find("hunter2"), std::string::npos);
}

TEST(Address, is_found_in_the_values_of_a_configuration_and_not_in_its_comments) {
  const auto in = [](const std::string& line) {
    return found_in(value_in("ConfigMap", "first: line\\n" + line + "\\nlast: line"));
  };
  for (const char* good : {"url: http://nats:4222", "# url: http://lost:80", "url: x  # not http://lost:80",
                           "  // http://lost", "open http://lost in a browser"})
    EXPECT_THAT(in(good), IsEmpty()) << good;
  for (const char* bad : {"url: http://lost:80", "servers=nats://nats:4222,nats://nats:4223", "  nats://lost",
                          "- http://lost/path", "routes = [nats://lost:6222]"})
    EXPECT_THAT(in(bad), ElementsAre(StartsWith("address ConfigMap a/c: data.url: "))) << bad;
}

TEST(Address, is_found_in_the_base64_of_a_secret) {
  const std::string lost = "bmF0czovL3U6cEBuYXR6OjQyMjI=", good = "bmF0czovL3U6cEBuYXRzOjQyMjI=";
  const auto secret = [](const std::string& data) {
    return found_in("apiVersion: v1\nkind: Secret\nmetadata: {name: c, namespace: a}\ndata: {url: " + data +
                    "}\n---\n" + value_in("ConfigMap", ""));
  };
  EXPECT_THAT(secret(good), IsEmpty());
  EXPECT_THAT(secret(lost), ElementsAre("address Secret a/c: data.url: a URL in it names a Service that is neither in "
                                        "the set nor declared"));
}

TEST(Address, without_a_scheme_is_known_by_its_name) {
  const auto named = [](const std::string& name, const std::string& value) {
    return found_in("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: d, namespace: a}\ndata: {" + name + ": \"" +
                    value + "\"}\n---\n" + value_in("ConfigMap", ""));
  };
  EXPECT_THAT(named("NATS_ADDR", "nats:4222"), IsEmpty());
  EXPECT_THAT(named("version", "nats:4223"), IsEmpty());
  EXPECT_THAT(named("NATS_ADDR", "nats:4223"), ElementsAre(HasSubstr("has no port '4223'")));
  EXPECT_THAT(named("nats_conn_url", "natz:4222"), ElementsAre(HasSubstr("did you mean 'nats'?")));
}

TEST(Address, of_another_namespace_or_of_a_pod_is_followed) {
  const std::string headless =
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: peers, namespace: a}\nspec: "
      "{clusterIP: None, selector: {app: web}, ports: [{port: 9, targetPort: 4222}]}\n";
  const auto with = [&](const std::string& url) { return found_in(value_in("ConfigMap", url) + headless); };
  for (const char* good :
       {"http://nats.a:4222", "http://example.org:1", "nats://web-0.peers:4222", "nats://peers:9", "nats://peers:4222"})
    EXPECT_THAT(with(good), IsEmpty()) << good;
  for (const char* bad : {"http://nats.a:4223", "http://lost.a:80", "nats://web-0.peers:6222", "nats://peers:10"})
    EXPECT_THAT(with(bad), ElementsAre(StartsWith("address ConfigMap a/c: data.url: "))) << bad;
}

TEST(Address, is_looked_for_in_variables_and_flags) {
  EXPECT_THAT(found_in(pod("  containers: [{name: c, image: 'i:1', env: [{name: A, value: 'http://lost:80'}], args: "
                           "['--to=http://lost']}]\n")),
              ElementsAre(HasSubstr("spec.containers[0].env[0].value"), HasSubstr("spec.containers[0].args[0]")));
}

TEST(Rules, have_each_an_id_of_its_own) {
  for (const auto* rule : rules()) EXPECT_EQ(find_rule(rule->id), rule);
  EXPECT_EQ(find_rule("nonsense"), nullptr);
}

TEST(Findings, have_file_and_line_and_are_in_their_order) {
  const auto findings = validate(set_of(config_map("namespace: lost") + config_map("namespace: a")), {}).value();
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].file, "set.yaml");
  EXPECT_EQ(findings[0].line, 1U);
  EXPECT_EQ(findings[1].line, 6U);
}

/// One object of each custom kind that names others, as their operators document it; `@` is what it names.
struct CustomForm {
  const char* name;
  const char* type;
  const char* spec;
  const char* finding;
};

class CustomReferences : public testing::TestWithParam<CustomForm> {};

TEST_P(CustomReferences, are_followed) {
  const std::string object =
      std::string(GetParam().type) + "\nmetadata: {name: x, namespace: default}\n" + GetParam().spec;
  EXPECT_THAT(found_in(object), Contains(StartsWith(GetParam().finding)));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, CustomReferences,
    testing::Values(
        CustomForm{"tenant_configuration", "apiVersion: minio.min.io/v2\nkind: Tenant",
                   "spec: {configuration: {name: s}}",
                   "reference Tenant.minio.min.io default/x: spec.configuration.name: Secret default/s"},
        CustomForm{"tenant_user", "apiVersion: minio.min.io/v2\nkind: Tenant", "spec: {users: [{name: s}]}",
                   "reference Tenant.minio.min.io default/x: spec.users[0].name: Secret default/s"},
        CustomForm{"mongo_user", "apiVersion: mongodbcommunity.mongodb.com/v1\nkind: MongoDBCommunity",
                   "spec: {users: [{name: u, passwordSecretRef: {name: s}}]}",
                   "reference MongoDBCommunity.mongodbcommunity.mongodb.com default/x: "
                   "spec.users[0].passwordSecretRef.name: Secret default/s"},
        CustomForm{"prometheus_scrapes", "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus",
                   "spec: {additionalScrapeConfigs: {name: s, key: k}}",
                   "reference Prometheus.monitoring.coreos.com default/x: spec.additionalScrapeConfigs.name"},
        CustomForm{"prometheus_account", "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus",
                   "spec: {serviceAccountName: s}",
                   "reference Prometheus.monitoring.coreos.com default/x: spec.serviceAccountName"},
        CustomForm{"ingress", "apiVersion: networking.k8s.io/v1\nkind: Ingress",
                   "spec: {rules: [{http: {paths: [{path: /, backend: {service: {name: s, port: {number: 80}}}}]}}]}",
                   "reference Ingress.networking.k8s.io default/x: spec.rules[0].http.paths[0].backend.service.name"},
        CustomForm{"http_route", "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute",
                   "spec: {rules: [{backendRefs: [{name: s, port: 80}]}]}",
                   "reference HTTPRoute.gateway.networking.k8s.io default/x: spec.rules[0].backendRefs[0].name"},
        CustomForm{"stateful_set", "apiVersion: apps/v1\nkind: StatefulSet", "spec: {serviceName: s}",
                   "reference StatefulSet.apps default/x: spec.serviceName: Service default/s"},
        CustomForm{
            "autoscaler", "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler",
            "spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: s}}",
            "reference HorizontalPodAutoscaler.autoscaling default/x: spec.scaleTargetRef.name: Deployment.apps"},
        CustomForm{"role", "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding",
                   "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: s}",
                   "reference RoleBinding.rbac.authorization.k8s.io default/x: roleRef.name: "
                   "Role.rbac.authorization.k8s.io default/s"},
        CustomForm{
            "subject", "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding",
            "subjects: [{kind: User, name: u}, {kind: ServiceAccount, name: s}]",
            "reference RoleBinding.rbac.authorization.k8s.io default/x: subjects[1].name: ServiceAccount default/s"},
        CustomForm{"webhook", "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration",
                   "webhooks: [{clientConfig: {service: {name: s, namespace: default}}}]",
                   "reference ValidatingWebhookConfiguration.admissionregistration.k8s.io default/x: "
                   "webhooks[0].clientConfig.service.name: Service default/s"},
        CustomForm{"api_service", "apiVersion: apiregistration.k8s.io/v1\nkind: APIService",
                   "spec: {service: {name: s, namespace: default}}",
                   "reference APIService.apiregistration.k8s.io default/x: spec.service.name: Service default/s"},
        CustomForm{"claim_class", "apiVersion: v1\nkind: PersistentVolumeClaim", "spec: {storageClassName: s}",
                   "reference PersistentVolumeClaim default/x: spec.storageClassName: StorageClass.storage.k8s.io s"}),
    [](const auto& info) { return info.param.name; });

TEST(References, are_met_by_what_operators_make_of_widespread_resources) {
  const std::string user =
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: default}\nspec: {volumes: [{name: v, "
      "secret: {secretName: tls, items: [{key: tls.key, path: k}]}}]}\n---\n";
  EXPECT_THAT(
      found_in(user + "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: c, namespace: default}\n"
                      "spec: {secretName: tls}\n"),
      IsEmpty());
  EXPECT_THAT(
      found_in(user + "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i, namespace: default, "
                      "annotations: {cert-manager.io/cluster-issuer: x}}\nspec: {tls: [{secretName: tls}]}\n"),
      IsEmpty());
  EXPECT_THAT(
      found_in(user + "apiVersion: v1\nkind: Service\nmetadata: {name: i, namespace: default, annotations: "
                      "{service.beta.openshift.io/serving-cert-secret-name: tls}}\nspec: {ports: [{port: 1}]}\n"),
      IsEmpty());
}

TEST(Selectors, are_met_by_the_pods_that_operators_make) {
  for (const auto& [kind, labels] :
       {std::pair("apiVersion: minio.min.io/v2\nkind: Tenant", "{v1.min.io/tenant: x}"),
        std::pair("apiVersion: acid.zalan.do/v1\nkind: postgresql", "{cluster-name: x}"),
        std::pair("apiVersion: mongodbcommunity.mongodb.com/v1\nkind: MongoDBCommunity", "{app: x-svc}")}) {
    const std::string budget = std::string(
                                   "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b, "
                                   "namespace: default}\nspec: {selector: {matchLabels: ") +
                               labels + "}}\n";
    EXPECT_THAT(found_in(std::string(kind) + "\nmetadata: {name: x, namespace: default}\n" + budget), IsEmpty())
        << kind;
    EXPECT_THAT(found_in(std::string(kind) + "\nmetadata: {name: y, namespace: default}\n" + budget),
                ElementsAre(StartsWith("selector PodDisruptionBudget")))
        << kind;
  }
}

}  // namespace
}  // namespace reconciler::validate
