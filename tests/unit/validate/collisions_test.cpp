#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "set.h"

namespace reconciler::validate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

const std::string kPod = pod("  containers: [{name: c, image: 'i:1', ports: [{containerPort: 8080}]}]\n");

std::string named(const std::string& type, const std::string& name, const std::string& spec) {
  return type + "\nmetadata: {name: " + name + ", namespace: a}\nspec: " + spec + "\n---\n";
}
std::string two(const std::string& type, const std::string& one, const std::string& other) {
  return kPod + named(type, "one", one) + named(type, "two", other);
}

const std::string kService = "apiVersion: v1\nkind: Service";

TEST(Collision, of_services_with_one_selector_and_port) {
  const std::string spec = "{selector: {app: web}, ports: [{port: 8080}]}";
  EXPECT_THAT(found_in(two(kService, spec, spec)),
              ElementsAre("collision Service a/two: spec.ports[0].port: Service a/one claims port 8080 of the pods "
                          "app=web too"));
  EXPECT_THAT(found_in(two(kService, spec, "{clusterIP: None, selector: {app: web}, ports: [{port: 8080}]}")),
              IsEmpty());
  EXPECT_THAT(found_in(two(kService, spec, "{selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}")),
              IsEmpty());
}

TEST(Collision, of_node_ports) {
  const auto spec = [](const char* port, const char* node_port) {
    return std::string("{type: NodePort, selector: {app: web}, ports: [{port: ") + port +
           ", targetPort: 8080, nodePort: " + node_port + "}]}";
  };
  EXPECT_THAT(
      found_in(two(kService, spec("80", "30080"), spec("81", "30080"))),
      ElementsAre("collision Service a/two: spec.ports[0].nodePort: Service a/one claims the node port 30080 too"));
  EXPECT_THAT(found_in(two(kService, spec("80", "30080"), spec("81", "30081"))), IsEmpty());
}

TEST(Collision, of_disruption_budgets_for_one_pod) {
  const std::string type = "apiVersion: policy/v1\nkind: PodDisruptionBudget";
  EXPECT_THAT(found_in(two(type, "{selector: {matchLabels: {app: web}}}", "{selector: {}}")),
              ElementsAre("collision PodDisruptionBudget.policy a/two: spec.selector: PodDisruptionBudget.policy a/one "
                          "claims the pods of 'app' too"));
}

TEST(Collision, of_autoscalers) {
  const std::string type = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler";
  const std::string spec = "{scaleTargetRef: {apiVersion: v1, kind: Pod, name: app}}";
  EXPECT_THAT(found_in(two(type, spec, spec)),
              ElementsAre(StartsWith("collision HorizontalPodAutoscaler.autoscaling a/two")));
}

TEST(Collision, of_routes) {
  const std::string type = "apiVersion: networking.k8s.io/v1\nkind: Ingress";
  const auto spec = [](const char* path) {
    return std::string("{rules: [{host: spira.example, http: {paths: [{pathType: Prefix, path: ") + path + "}]}}]}";
  };
  EXPECT_THAT(found_in(two(type, spec("/"), spec("/"))),
              ElementsAre("collision Ingress.networking.k8s.io a/two: spec.rules[0].http.paths[0].path: "
                          "Ingress.networking.k8s.io a/one claims the route spira.example/ too"));
  EXPECT_THAT(found_in(two(type, spec("/"), spec("/api"))), IsEmpty());
}

TEST(Collision, of_workloads_with_one_selector) {
  const std::string type = "apiVersion: apps/v1\nkind: Deployment";
  const std::string spec = "{selector: {matchLabels: {app: w}}, template: {metadata: {labels: {app: w}}, spec: {}}}";
  EXPECT_THAT(found_in(two(type, spec, spec)),
              ElementsAre(StartsWith("collision Deployment.apps a/two: spec.selector")));
}

TEST(Collision, of_one_object_in_two_versions) {
  const auto hpa = [](const char* version) {
    return named(std::string("apiVersion: autoscaling/") + version + "\nkind: HorizontalPodAutoscaler", "one",
                 "{scaleTargetRef: {apiVersion: v1, kind: Pod, name: app}}");
  };
  EXPECT_THAT(found_in(kPod + hpa("v1") + hpa("v2")),
              testing::Contains(testing::HasSubstr("the set has this object twice")));
}

}  // namespace
}  // namespace reconciler::validate
