#include "health/table.h"

#include <ostream>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace reconciler::health {

static void PrintTo(const HealthStatus status, std::ostream* out) { *out << to_string(status); }

namespace {

using enum HealthStatus;
using ::testing::HasSubstr;

/// The status of an object of a kind that comes with an operator, and what is said of it.
struct Known {
  const char* name;
  const char* api_version;
  const char* kind;
  const char* rest;  ///< Of the object, as the inside of a JSON object.
  HealthStatus status;
  const char* message;
};

void PrintTo(const Known& known, std::ostream* out) { *out << known.name; }

const Known kKnown[] = {
    {"minio_ready", "minio.min.io/v2", "Tenant", R"("status":{"currentState":"Initialized","healthStatus":"green"})",
     kHealthy, ""},
    {"minio_new", "minio.min.io/v2", "Tenant", R"("metadata":{"name":"a"})", kProgressing,
     "no status.currentState yet"},
    {"minio_waits", "minio.min.io/v2", "Tenant", R"("status":{"currentState":"Waiting for Pods to be ready"})",
     kProgressing, "Waiting for Pods"},
    {"minio_red", "minio.min.io/v2", "Tenant",
     R"("status":{"currentState":"Initialized","healthStatus":"red","healthMessage":"no write quorum"})", kDegraded,
     "no write quorum"},
    {"minio_second_tenant", "minio.min.io/v2", "Tenant",
     R"("status":{"currentState":"Another MinIO Tenant already exists in the namespace"})", kDegraded, "Another MinIO"},
    {"mongo_running", "mongodbcommunity.mongodb.com/v1", "MongoDBCommunity", R"("status":{"phase":"Running"})",
     kHealthy, ""},
    {"mongo_failed", "mongodbcommunity.mongodb.com/v1", "MongoDBCommunity",
     R"("status":{"phase":"Failed","message":"bad version"})", kDegraded, "bad version"},
    {"mongo_lags", "mongodbcommunity.mongodb.com/v1", "MongoDBCommunity",
     R"("metadata":{"generation":2},"status":{"phase":"Running","observedGeneration":1})", kProgressing,
     "latest change"},
    {"zalando_running", "acid.zalan.do/v1", "postgresql", R"("status":{"PostgresClusterStatus":"Running"})", kHealthy,
     ""},
    {"zalando_creating", "acid.zalan.do/v1", "postgresql", R"("status":{"PostgresClusterStatus":"Creating"})",
     kProgressing, "PostgresClusterStatus is Creating"},
    {"zalando_failed", "acid.zalan.do/v1", "postgresql", R"("status":{"PostgresClusterStatus":"SyncFailed"})",
     kDegraded, "SyncFailed"},
    {"mysql_online", "mysql.oracle.com/v2", "InnoDBCluster", R"("status":{"cluster":{"status":"ONLINE"}})", kHealthy,
     ""},
    {"mysql_partial", "mysql.oracle.com/v2", "InnoDBCluster", R"("status":{"cluster":{"status":"ONLINE_PARTIAL"}})",
     kProgressing, "ONLINE_PARTIAL"},
    {"mysql_offline", "mysql.oracle.com/v2", "InnoDBCluster", R"("status":{"cluster":{"status":"OFFLINE"}})", kDegraded,
     "OFFLINE"},
    {"prometheus_available", "monitoring.coreos.com/v1", "Prometheus",
     R"("status":{"conditions":[{"type":"Available","status":"True"},{"type":"Reconciled","status":"True"}]})",
     kHealthy, ""},
    {"prometheus_degraded", "monitoring.coreos.com/v1", "Prometheus",
     R"("status":{"conditions":[{"type":"Available","status":"Degraded","reason":"SomePodsNotReady"}]})", kDegraded,
     "SomePodsNotReady"},
    {"alertmanager_cannot_be_reconciled", "monitoring.coreos.com/v1", "Alertmanager",
     R"("status":{"conditions":[{"type":"Reconciled","status":"False","message":"no such secret"},
                                {"type":"Available","status":"True"}]})",
     kDegraded, "no such secret"},
    {"service_monitor", "monitoring.coreos.com/v1", "ServiceMonitor", R"("spec":{})", kHealthy, ""},
    {"prometheus_rule", "monitoring.coreos.com/v1", "PrometheusRule", R"("spec":{})", kHealthy, ""},
    {"schedule", "chaos-mesh.org/v1alpha1", "Schedule", R"("status":{"time":"2026-01-31T12:00:00Z"})", kHealthy, ""},
    {"schedule_paused", "chaos-mesh.org/v1alpha1", "Schedule",
     R"("metadata":{"annotations":{"experiment.chaos-mesh.org/pause":"true"}})", kSuspended, "pause"},
    {"pod_chaos_injected", "chaos-mesh.org/v1alpha1", "PodChaos",
     R"("status":{"conditions":[{"type":"Selected","status":"True"},{"type":"AllInjected","status":"True"}]})",
     kHealthy, ""},
    {"network_chaos_selects_nothing", "chaos-mesh.org/v1alpha1", "NetworkChaos",
     R"("status":{"conditions":[{"type":"Selected","status":"False"}]})", kDegraded, "Selected"},
    {"io_chaos_begins", "chaos-mesh.org/v1alpha1", "IOChaos",
     R"("status":{"experiment":{"desiredPhase":"Run"},"conditions":[{"type":"AllInjected","status":"False"}]})",
     kProgressing, ""},
    {"certificate_ready", "cert-manager.io/v1", "Certificate",
     R"("status":{"conditions":[{"type":"Ready","status":"True","reason":"Ready"}]})", kHealthy, ""},
    {"certificate_is_issued", "cert-manager.io/v1", "Certificate",
     R"("status":{"conditions":[{"type":"Ready","status":"False","reason":"DoesNotExist"},
                                {"type":"Issuing","status":"True","reason":"DoesNotExist"}]})",
     kProgressing, "DoesNotExist"},
    {"certificate_failed", "cert-manager.io/v1", "Certificate",
     R"("status":{"conditions":[{"type":"Ready","status":"False","reason":"Failed","message":"denied"}]})", kDegraded,
     "Failed: denied"},
    {"issuer_not_ready", "cert-manager.io/v1", "ClusterIssuer",
     R"("status":{"conditions":[{"type":"Ready","status":"False","reason":"ErrRegisterACMEAccount"}]})", kDegraded,
     "ErrRegisterACMEAccount"},
    {"ingress_without_address", "networking.k8s.io/v1", "Ingress", R"("status":{"loadBalancer":{}})", kProgressing,
     "loadBalancer"},
    {"ingress_with_address", "networking.k8s.io/v1", "Ingress",
     R"("status":{"loadBalancer":{"ingress":[{"ip":"10.0.0.1"}]}})", kHealthy, ""},
    {"ingress_with_name", "networking.k8s.io/v1", "Ingress",
     R"("status":{"loadBalancer":{"ingress":[{"hostname":"lb.example.org"}]}})", kHealthy, ""},
    {"gateway_programmed", "gateway.networking.k8s.io/v1", "Gateway",
     R"("status":{"conditions":[{"type":"Accepted","status":"True"},{"type":"Programmed","status":"True"}]})", kHealthy,
     ""},
    {"gateway_refused", "gateway.networking.k8s.io/v1", "Gateway",
     R"("status":{"conditions":[{"type":"Accepted","status":"False","reason":"InvalidParameters"}]})", kDegraded,
     "InvalidParameters"},
    {"route_refused_by_one_of_two_parents", "gateway.networking.k8s.io/v1", "HTTPRoute",
     R"("status":{"parents":[{"conditions":[{"type":"Accepted","status":"True"}]},
                             {"conditions":[{"type":"Accepted","status":"False","reason":"NotAllowedByListeners"}]}]})",
     kDegraded, "NotAllowedByListeners"},
    {"budget_with_too_few_pods", "policy/v1", "PodDisruptionBudget",
     R"("status":{"conditions":[{"type":"DisruptionAllowed","status":"False","reason":"InsufficientPods"}]})", kHealthy,
     ""},
    {"budget_that_cannot_be_computed", "policy/v1", "PodDisruptionBudget",
     R"("status":{"conditions":[{"type":"DisruptionAllowed","status":"False","reason":"SyncFailed"}]})", kDegraded,
     "SyncFailed"},
    {"cron_job", "batch/v1", "CronJob", R"("spec":{"schedule":"* * * * *"})", kHealthy, ""},
    {"cron_job_suspended", "batch/v1", "CronJob", R"("spec":{"suspend":true})", kSuspended, "spec.suspend is true"},
    {"rollout_paused", "argoproj.io/v1alpha1", "Rollout", R"("status":{"phase":"Paused","message":"CanaryPauseStep"})",
     kSuspended, "CanaryPauseStep"},
    {"rollout_lags", "argoproj.io/v1alpha1", "Rollout",
     R"("metadata":{"generation":3},"status":{"phase":"Healthy","observedGeneration":"2"})", kProgressing,
     "latest change"},
    {"flux_kustomization_failed", "kustomize.toolkit.fluxcd.io/v1", "Kustomization",
     R"("status":{"conditions":[{"type":"Ready","status":"False","reason":"BuildFailed"}]})", kDegraded, "BuildFailed"},
    {"flux_release_suspended", "helm.toolkit.fluxcd.io/v2", "HelmRelease", R"("spec":{"suspend":true})", kSuspended,
     "suspend"},
};

class KnownKinds : public ::testing::TestWithParam<Known> {};

TEST_P(KnownKinds, have_the_health_that_their_operator_tells) {
  const auto& [name, api_version, kind, rest, status, message] = GetParam();
  const auto object =
      Json::parse(std::string(R"({"apiVersion":")") + api_version + R"(","kind":")" + kind + R"(",)" + rest + "}");
  const auto health = assess(object);
  EXPECT_EQ(health.status, status) << health.message;
  EXPECT_THAT(health.message, HasSubstr(message));
  EXPECT_EQ(health.message.empty(), status == kHealthy) << health.message;
}

INSTANTIATE_TEST_SUITE_P(Table, KnownKinds, ::testing::ValuesIn(kKnown),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(KnownRules, each_has_a_path_and_says_something) {
  for (const auto& rule : known_rules()) {
    EXPECT_TRUE(is_rule_path(rule.path)) << rule.type.text();
    EXPECT_TRUE(rule.message.empty() || is_rule_path(rule.message)) << rule.type.text();
    EXPECT_FALSE(rule.values.empty()) << rule.type.text();
    EXPECT_TRUE(has_health(rule.type)) << rule.type.text();
  }
}

const GroupKind kWidget{"example.org", "Widget"};

Json widget(const char* status) {
  return {{"apiVersion", "example.org/v1"}, {"kind", "Widget"}, {"status", Json::parse(status)}};
}

HealthRule rule(std::string path, std::map<HealthStatus, std::vector<std::string>> values, std::string message = "") {
  return {kWidget, std::move(path), std::move(values), std::move(message)};
}

TEST(HealthRules, come_before_our_own_and_before_common_conditions) {
  const std::vector rules{rule("/status/conditions/Ready/status", {{kHealthy, {"False"}}})};
  const auto object =
      widget(R"({"conditions":[{"type":"Ready","status":"False"},{"type":"Stalled","status":"True"}]})");
  EXPECT_EQ(assess(object, rules).status, kHealthy);
}

TEST(HealthRules, wait_for_the_controller_all_the_same) {
  const std::vector rules{rule("/status/phase", {{kHealthy, {"Up"}}})};
  auto object = widget(R"({"phase":"Up","observedGeneration":1})");
  object["metadata"]["generation"] = 2;
  EXPECT_EQ(assess(object, rules).status, kProgressing);
  object["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z";
  EXPECT_EQ(assess(object, rules).message, "being deleted");
}

TEST(HealthRules, the_first_that_lists_the_value_decides) {
  const std::vector rules{rule("/status/a", {{kDegraded, {"bad"}}}), rule("/status/b", {{kHealthy, {"good"}}})};
  EXPECT_EQ(assess_by_rules(rules, kWidget, widget(R"({"a":"bad","b":"good"})"))->status, kDegraded);
  EXPECT_EQ(assess_by_rules(rules, kWidget, widget(R"({"a":"fine","b":"good"})"))->status, kHealthy);
}

TEST(HealthRules, a_value_that_none_lists_is_progress_where_healthy_is_said) {
  const std::vector rules{rule("/status/phase", {{kHealthy, {"Up"}}})};
  EXPECT_EQ(assess_by_rules(rules, kWidget, widget(R"({"phase":"Odd"})")),
            (Health{kProgressing, "status.phase is Odd"}));
  EXPECT_EQ(assess_by_rules(rules, kWidget, widget("{}")), (Health{kProgressing, "has no status.phase yet"}));
  EXPECT_EQ(assess_by_rules(rules, kWidget, widget(R"({"phase":{"odd":1}})")),
            (Health{kProgressing, "has no status.phase yet"}));
}

TEST(HealthRules, that_say_no_healthy_value_only_add) {
  const std::vector rules{rule("/status/phase", {{kDegraded, {"Down"}}})};
  EXPECT_EQ(assess_by_rules(rules, kWidget, widget("{}")), std::nullopt);
  EXPECT_EQ(assess(widget(R"({"conditions":[{"type":"Ready","status":"False"}]})"), rules).status, kProgressing);
}

TEST(HealthRules, of_other_kinds_say_nothing) {
  const std::vector rules{rule("/status/phase", {{kHealthy, {"Up"}}})};
  EXPECT_EQ(assess_by_rules(rules, {"example.org", "Gadget"}, widget("{}")), std::nullopt);
  EXPECT_EQ(assess_by_rules(rules, {"", "Widget"}, widget("{}")), std::nullopt);
}

TEST(HealthRules, numbers_and_booleans_count_as_json_writes_them) {
  const std::vector rules{rule("/status/ready", {{kHealthy, {"true"}}}), rule("/status/code", {{kDegraded, {"7"}}})};
  EXPECT_EQ(assess_by_rules(rules, kWidget, widget(R"({"ready":true})"))->status, kHealthy);
  EXPECT_EQ(assess_by_rules(rules, kWidget, widget(R"({"ready":false,"code":7})"))->status, kDegraded);
}

TEST(HealthRules, an_element_goes_by_index_type_or_name_and_all_by_a_star) {
  const auto object = widget(R"({"parts":[{"name":"a","up":"yes"},{"type":"b","up":"no"}]})");
  const auto at = [&](const char* part) {
    const std::vector rules{
        rule(std::string("/status/parts/") + part + "/up", {{kHealthy, {"yes"}}, {kDegraded, {"no"}}})};
    return assess_by_rules(rules, kWidget, object)->status;
  };
  EXPECT_EQ(at("a"), kHealthy);
  EXPECT_EQ(at("0"), kHealthy);
  EXPECT_EQ(at("b"), kDegraded);
  EXPECT_EQ(at("1"), kDegraded);
  EXPECT_EQ(at("*"), kDegraded);
  EXPECT_EQ(at("2"), kProgressing);
}

TEST(HealthRules, the_message_comes_from_its_path_or_from_beside_the_value) {
  const auto object = widget(R"({"phase":"Down","why":"no disk","reason":"DiskFull"})");
  const auto told = [&](const char* path) {
    return assess_by_rules(std::vector{rule("/status/phase", {{kDegraded, {"*"}}}, path)}, kWidget, object)->message;
  };
  EXPECT_EQ(told("/status/why"), "no disk");
  EXPECT_EQ(told("/status/absent"), "DiskFull");
  EXPECT_EQ(told(""), "DiskFull");
}

TEST(HealthRules, quote_no_secret_and_nothing_endless) {
  const HealthRule any{{"", "Secret"}, "/data/password", {{kDegraded, {"*"}}}, ""};
  const auto secret = Json::parse(R"({"apiVersion":"v1","kind":"Secret","data":{"password":"aHVzaA=="}})");
  EXPECT_EQ(assess(secret, std::vector{any}), (Health{kDegraded, "data.password is <redacted>"}));
  const std::vector rules{rule("/status/phase", {{kDegraded, {"*"}}}, "/status/why")};
  const auto object = widget(("{\"phase\":\"Down\",\"why\":\"" + std::string(100000, 'x') + "\"}").c_str());
  EXPECT_LE(assess(object, rules).message.size(), 1024U);
}

/// Any JSON, made of the words that rules look for.
Json random_json(std::mt19937& random, int depth) {
  static constexpr const char* kWords[] = {"status", "conditions", "type", "Ready", "True",     "False",
                                           "reason", "phase",      "name", "spec",  "metadata", ""};
  const auto word = [&] { return kWords[random() % std::size(kWords)]; };
  switch (random() % (depth > 0 ? 7 : 5)) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return static_cast<std::int64_t>(random()) - 7;
    case 3:
      return 0.5;
    case 4:
      return word();
    case 5: {
      Json list = Json::array();
      for (auto i = random() % 4; i > 0; --i) list.push_back(random_json(random, depth - 1));
      return list;
    }
    default: {
      Json object = Json::object();
      for (auto i = random() % 6; i > 0; --i) object[word()] = random_json(random, depth - 1);
      return object;
    }
  }
}

TEST(Assess, survives_any_json) {
  std::mt19937 random(7);
  for (const auto& known : known_rules()) {
    for (int i = 0; i < 200; ++i) {
      Json object = random_json(random, 6);
      if (object.is_object()) {
        object["apiVersion"] = known.type.group + "/v1";
        object["kind"] = known.type.kind == "*" ? "PodChaos" : known.type.kind;
      }
      const auto health = assess(object, std::vector{rule("/status/*/conditions/Ready/status", {{kHealthy, {"*"}}})});
      EXPECT_EQ(health.message.empty(), health.status == kHealthy) << object.dump();
    }
  }
}

}  // namespace
}  // namespace reconciler::health
