#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "set.h"

namespace reconciler::validate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::string kPod =
    pod("  containers: [{name: c, image: 'i:1', ports: [{name: http, containerPort: 8080}, {containerPort: 9000}]}]\n");

std::string object(const std::string& type, const std::string& spec, const std::string& name = "x") {
  return type + "\nmetadata: {name: " + name + ", namespace: a}\nspec: " + spec + "\n---\n";
}
std::string service(const std::string& spec, const std::string& name = "web") {
  return "apiVersion: v1\nkind: Service\nmetadata: {name: " + name +
         ", namespace: a, labels: {app: web}}\nspec: " + spec + "\n---\n";
}

TEST(ServiceSelector, selects_pods_that_have_its_ports) {
  EXPECT_THAT(found_in(kPod + service("{selector: {app: web}, ports: [{port: 80, targetPort: http}, {port: 9000}]}")),
              IsEmpty());
  EXPECT_THAT(found_in(kPod + service("{selector: {app: wed}, ports: [{port: 80, targetPort: http}]}")),
              ElementsAre("selector Service a/web: spec.selector: selects no pod of the set: app=wed in namespace a"));
  EXPECT_THAT(found_in(kPod + service("{selector: {app: web}, ports: [{port: 80, targetPort: htp}]}")),
              ElementsAre("port Service a/web: spec.ports[0].targetPort: no container that is selected has a port "
                          "'htp'; did you mean 'http'?"));
  EXPECT_THAT(found_in(kPod + service("{selector: {app: web}, ports: [{port: 80}]}")),
              ElementsAre(StartsWith("undeclared-port Service a/web: spec.ports[0].port: ")));
}

TEST(ServiceSelector, may_be_absent) {
  EXPECT_THAT(found_in(kPod + service("{ports: [{port: 80}]}")), IsEmpty());
  EXPECT_THAT(found_in(kPod + service("{type: ExternalName, externalName: example.org, selector: {no: thing}}")),
              IsEmpty());
}

TEST(ServiceSelector, selects_pods_that_are_declared) {
  const auto made = [](const std::string& pods) {
    return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: db\n  namespace: a\n  annotations:\n"
           "    gitops.spira.dev/provides: \"" +
           pods + "\"\n---\n" + "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n" +
           service("{selector: {app: db}, ports: [{port: 5432}]}");
  };
  EXPECT_THAT(found_in(made("Pod/db-0{app=db,role=x}[5432]")), IsEmpty());
  EXPECT_THAT(found_in(made("Pod/db-0{app=db}")), IsEmpty());
  EXPECT_THAT(found_in(made("Pod/db-0{app=dc}")), ElementsAre(StartsWith("selector Service a/web")));
  EXPECT_THAT(found_in(made("Pod/db-0{app=db}[5433]")), ElementsAre(StartsWith("undeclared-port Service a/web")));
}

TEST(ServiceSelector, takes_labels_of_controllers_as_given) {
  EXPECT_THAT(found_in(kPod + service("{selector: {app: web, statefulset.kubernetes.io/pod-name: web-0}, "
                                      "ports: [{port: 9000}]}")),
              IsEmpty());
}

TEST(DisruptionBudget, selects_pods) {
  const std::string type = "apiVersion: policy/v1\nkind: PodDisruptionBudget";
  EXPECT_THAT(
      found_in(kPod + object(type, "{selector: {matchExpressions: [{key: app, operator: In, values: [web, w]}]}}")),
      IsEmpty());
  EXPECT_THAT(found_in(kPod + object(type, "{selector: {matchLabels: {app: x}}}")),
              ElementsAre(StartsWith("selector PodDisruptionBudget.policy a/x: spec.selector: ")));
}

TEST(NetworkPolicy, selects_pods_and_peers_with_their_ports) {
  const std::string type = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy";
  EXPECT_THAT(found_in(kPod + object(type, "{podSelector: {}, egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}")),
              IsEmpty());
  EXPECT_THAT(found_in(kPod + object(type,
                                     "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: "
                                     "{matchLabels: {app: web}}}], ports: [{port: http}, {port: 9000}]}]}")),
              IsEmpty());
  EXPECT_THAT(found_in(kPod + object(type,
                                     "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: "
                                     "{matchLabels: {app: y}}}], ports: [{port: htp}]}]}")),
              ElementsAre(HasSubstr("spec.ingress[0].from[0].podSelector: selects no pod"),
                          StartsWith("port NetworkPolicy.networking.k8s.io a/x: spec.ingress[0].ports[0].port: ")));
  EXPECT_THAT(
      found_in(kPod + object(type,
                             "{podSelector: {matchLabels: {app: z}}, egress: [{to: [{podSelector: "
                             "{matchLabels: {app: web}}}], ports: [{port: 1}]}]}")),
      ElementsAre(HasSubstr("spec.podSelector: selects no pod"),
                  StartsWith("undeclared-port NetworkPolicy.networking.k8s.io a/x: spec.egress[0].ports[0].port")));
  EXPECT_THAT(found_in(kPod + object(type,
                                     "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}, podSelector: "
                                     "{matchLabels: {app: y}}}]}]}")),
              IsEmpty());
}

TEST(Monitor, selects_services_or_pods_with_a_port_of_that_name) {
  const std::string both = kPod + service("{selector: {app: web}, ports: [{name: web, port: 80, targetPort: http}]}");
  const std::string services = "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor";
  const std::string pods = "apiVersion: monitoring.coreos.com/v1\nkind: PodMonitor";
  EXPECT_THAT(found_in(both + object(services, "{selector: {matchLabels: {app: web}}, endpoints: [{port: web}]}")),
              IsEmpty());
  EXPECT_THAT(
      found_in(both + object(services, "{selector: {matchLabels: {app: web}}, endpoints: [{port: wen}]}")),
      ElementsAre(HasSubstr("spec.endpoints[0].port: no Service that is selected has a port 'wen'; did you mean")));
  EXPECT_THAT(found_in(both + object(services, "{selector: {matchLabels: {app: x}}, endpoints: [{port: web}]}")),
              ElementsAre(StartsWith("selector ServiceMonitor.monitoring.coreos.com a/x: spec.selector: ")));
  EXPECT_THAT(
      found_in(both + object(services, "{namespaceSelector: {matchNames: [b]}, selector: {matchLabels: {app: web}}}")),
      ElementsAre(StartsWith("selector ServiceMonitor")));
  EXPECT_THAT(
      found_in(both + object(services, "{namespaceSelector: {any: true}, selector: {matchLabels: {app: web}}}")),
      IsEmpty());
  EXPECT_THAT(
      found_in(both + object(pods, "{selector: {matchLabels: {app: web}}, podMetricsEndpoints: [{port: http}]}")),
      IsEmpty());
  EXPECT_THAT(
      found_in(both + object(pods, "{selector: {matchLabels: {app: web}}, podMetricsEndpoints: [{port: web}]}")),
      ElementsAre(StartsWith("port PodMonitor")));
}

TEST(Selector, of_a_policy_or_monitor_is_let_be_where_the_set_has_nothing) {
  const std::string policy = object("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy",
                                    "{podSelector: {matchLabels: {app: z}}, ingress: [{from: [{podSelector: "
                                    "{matchLabels: {app: y}}}]}]}");
  const std::string namespace_ = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n";
  EXPECT_THAT(found_in(namespace_ + policy), IsEmpty());
  const auto monitor = [](const std::string& spec) {
    return object("apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor", spec);
  };
  EXPECT_THAT(found_in(namespace_ + monitor("{selector: {matchLabels: {app: x}}}")), IsEmpty());
  const std::string both = kPod + service("{selector: {app: web}, ports: [{name: web, port: 80, targetPort: http}]}");
  EXPECT_THAT(found_in(both + monitor("{namespaceSelector: {matchNames: [b]}, selector: {matchLabels: {app: x}}}")),
              IsEmpty());
  EXPECT_THAT(found_in(both + monitor("{namespaceSelector: {any: true}, selector: {matchLabels: {app: x}}}")),
              IsEmpty());
}

TEST(Monitor, is_selected_by_a_prometheus_of_the_set) {
  const std::string monitor =
      "apiVersion: monitoring.coreos.com/v1\nkind: PodMonitor\nmetadata: {name: m, namespace: a, "
      "labels: {release: prom}}\nspec: {selector: {matchLabels: {app: web}}}\n---\n";
  const auto prometheus = [](const std::string& release) {
    return object("apiVersion: monitoring.coreos.com/v1\nkind: Prometheus",
                  "{podMonitorSelector: {matchLabels: {release: " + release + "}}}");
  };
  EXPECT_THAT(found_in(kPod + monitor), IsEmpty());
  EXPECT_THAT(found_in(kPod + monitor + prometheus("prom")), IsEmpty());
  EXPECT_THAT(found_in(kPod + monitor + prometheus("other")),
              ElementsAre("unselected PodMonitor.monitoring.coreos.com a/m: metadata.labels: no Prometheus of the set "
                          "selects it; one wants release=other"));
}

TEST(Chaos, selects_pods_by_itself_and_in_a_schedule) {
  const std::string chaos = "apiVersion: chaos-mesh.org/v1alpha1\nkind: PodChaos";
  const std::string schedule = "apiVersion: chaos-mesh.org/v1alpha1\nkind: Schedule";
  for (const auto& [good, label] : {std::pair(true, "web"), std::pair(false, "wed")}) {
    const std::string selector = std::string("{namespaces: [a], labelSelectors: {app: ") + label + "}}";
    EXPECT_EQ(found_in(kPod + object(chaos, "{selector: " + selector + "}")).empty(), good);
    EXPECT_EQ(found_in(kPod + object(schedule, "{type: PodChaos, podChaos: {selector: " + selector + "}}")).empty(),
              good);
    EXPECT_EQ(found_in(kPod + object(schedule, "{networkChaos: {target: {selector: " + selector + "}}}")).empty(),
              good);
  }
}

}  // namespace
}  // namespace reconciler::validate
