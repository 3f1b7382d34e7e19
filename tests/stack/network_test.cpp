#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rendered_stack.h"

namespace reconciler::test {
namespace {

std::string name_of(const nlohmann::json& selector) {
  const auto labels = selector.value("matchLabels", nlohmann::json::object());
  return labels.empty() ? "*" : labels.begin().value().get<std::string>();
}

/// `from -> to:port` for everything that the policies of an overlay let in.
std::set<std::string> arrows(const std::string& overlay) {
  std::set<std::string> found;
  for (const auto& [key, object] : render_stack(overlay)) {
    if (!key.starts_with("NetworkPolicy ")) continue;
    const auto to = name_of(object["spec"]["podSelector"]);
    EXPECT_EQ(object["spec"]["policyTypes"], nlohmann::json({"Ingress"})) << key;
    for (const auto& rule : object["spec"].value("ingress", nlohmann::json::array())) {
      EXPECT_TRUE(rule.contains("from") && rule.contains("ports")) << key << " lets anybody in";
      for (const auto& from : rule["from"]) {
        for (const auto& port : rule["ports"])
          found.insert(name_of(from["podSelector"]) + " -> " + to + ":" + port["port"].dump());
      }
    }
  }
  return found;
}

/// The arrows of the architecture (docs/spira.md), and what reads metrics.
const std::set<std::string> kStack{
    "spira-inf-server -> spira-api-server:8000",
    "model-registration -> spira-api-server:8000",
    "spira-api-test -> spira-api-server:8000",
    "spira-model-server-test -> spira-api-server:8000",
    "chaos-experiment -> spira-api-server:8000",
    "prometheus -> spira-api-server:8000",
    "prometheus -> spira-inf-server:8000",
    "spira-api-server -> nats:4222",
    "spira-inf-server -> nats:4222",
    "spira-api-test -> nats:4222",
    "spira-model-server-test -> nats:4222",
    "nats-box -> nats:4222",
    "nats -> nats:6222",
    "prometheus -> nats:7777",
    "spira-api-server -> example-mongodb-svc:27017",
    "spira-inf-server -> example-mongodb-svc:27017",
    "model-registration -> example-mongodb-svc:27017",
    "spira-api-test -> example-mongodb-svc:27017",
    "spira-model-server-test -> example-mongodb-svc:27017",
    "example-mongodb-svc -> example-mongodb-svc:27017",
    "prometheus -> example-mongodb-svc:9216",
    "spira-api-server -> spira:9000",
    "spira-inf-server -> spira:9000",
    "mlflow -> spira:9000",
    "model-registration -> spira:9000",
    "spira-api-test -> spira:9000",
    "spira-model-server-test -> spira:9000",
    "spira -> spira:9000",
    "minio-operator -> spira:9000",
    "prometheus -> spira:9000",
    "mlflow -> spira-pg-cluster:5432",
    "postgres-operator -> spira-pg-cluster:5432",
    "spira-pg-cluster -> spira-pg-cluster:5432",
    "postgres-operator -> spira-pg-cluster:8008",
    "spira-pg-cluster -> spira-pg-cluster:8008",
    "prometheus -> spira-pg-cluster:8008",
    "spira-inf-server -> mlflow:5000",
    "model-registration -> mlflow:5000",
    "spira-model-server-test -> mlflow:5000",
    "prometheus -> mlflow:5000",
};

std::set<std::string> with(std::set<std::string> arrows, const std::set<std::string>& more) {
  arrows.insert(more.begin(), more.end());
  return arrows;
}

TEST(Network, lets_in_the_arrows_of_the_architecture_and_no_others) {
  EXPECT_EQ(arrows("kind-dev"), with(kStack, {
                                                 "grafana -> prometheus:9090",
                                                 "prometheus -> prometheus:9090",
                                                 "prometheus -> alertmanager:9093",
                                                 "grafana -> alertmanager:9093",
                                                 "alertmanager -> alertmanager:9094",
                                                 "prometheus -> grafana:3000",
                                                 "prometheus -> kube-state-metrics:8080",
                                                 "prometheus -> kube-prometheus-stack-operator:8080",
                                                 "postgres-operator-ui -> postgres-operator:8080",
                                             }));
  EXPECT_EQ(arrows("chaos"), with(kStack, {
                                              "controller-manager -> chaos-daemon:31767",
                                              "prometheus -> chaos-daemon:31766",
                                              "prometheus -> controller-manager:10080",
                                              "prometheus -> chaos-dns-server:9153",
                                              "controller-manager -> chaos-dns-server:9288",
                                              "* -> chaos-dns-server:5353",
                                              "prometheus -> chaos-experiment:8000",
                                              "prometheus -> chaos-experiment:8001",
                                          }));
}

TEST(Network, lets_nobody_in_who_is_not_named) {
  for (const auto& [overlay, key] : {std::pair{"kind-dev", "NetworkPolicy spira/default-deny"},
                                     std::pair{"chaos", "NetworkPolicy spira-chaos/default-deny"}}) {
    const auto policy = render_stack(overlay).at(key);
    EXPECT_EQ(policy["spec"], nlohmann::json::parse(R"({"podSelector":{},"policyTypes":["Ingress"]})"));
  }
}

}  // namespace
}  // namespace reconciler::test
