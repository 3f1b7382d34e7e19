#include <algorithm>
#include <iostream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rendered_stack.h"

namespace reconciler::test {
namespace {

using nlohmann::json;

/// They enter the node, or their image starts as root.
const std::set<std::string> kNotRestricted{"chaos-daemon", "node-exporter", "service"};

/// The programs that end by themselves, and a shell.
const std::set<std::string> kWithoutReadiness{"nats-box", "minio-operator", "prom-exporter"};

struct Workload {
  std::string key;
  json spec;  ///< Of the workload.
  json pod;   ///< The pod's.
};

std::vector<Workload> workloads(const std::string& overlay) {
  std::vector<Workload> found;
  for (const auto& [key, object] : render_stack(overlay)) {
    for (const char* kind : {"Deployment ", "StatefulSet ", "DaemonSet ", "Job "}) {
      if (key.starts_with(kind)) found.push_back({key, object["spec"], object["spec"]["template"]["spec"]});
    }
  }
  return found;
}

std::vector<json> containers(const Workload& workload) {
  std::vector<json> all;
  for (const char* list : {"initContainers", "containers"}) {
    for (const auto& container : workload.pod.value(list, json::array())) all.push_back(container);
  }
  return all;
}

bool has_labels(const json& labels, const json& wanted) {
  for (const auto& [name, value] : wanted.items()) {
    if (labels.value(name, json()) != value) return false;
  }
  return true;
}

class EveryOverlay : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Stack, EveryOverlay, testing::Values("kind-dev", "chaos"));

TEST_P(EveryOverlay, containers_say_what_they_need_and_have_a_version) {
  std::size_t count = 0;
  for (const auto& workload : workloads(GetParam())) {
    for (const auto& container : containers(workload)) {
      const auto who = workload.key + ", " + container["name"].get<std::string>();
      for (const char* path : {"/resources/requests/cpu", "/resources/requests/memory", "/resources/limits/memory"}) {
        EXPECT_FALSE(value_at(container, path).is_null()) << who << " " << path;
      }
      EXPECT_NE(container["image"].get<std::string>().find(':'), std::string::npos) << who;
      ++count;
    }
  }
  std::cout << count << " containers\n";
}

TEST_P(EveryOverlay, containers_have_no_rights_that_they_do_not_need) {
  for (const auto& workload : workloads(GetParam())) {
    EXPECT_EQ(workload.pod.value("enableServiceLinks", true), false) << workload.key;
    for (const auto& container : containers(workload)) {
      if (kNotRestricted.contains(container["name"])) continue;
      const auto who = workload.key + ", " + container["name"].get<std::string>();
      EXPECT_EQ(value_at(workload.pod, "/securityContext/runAsNonRoot"), true) << who;
      EXPECT_EQ(value_at(workload.pod, "/securityContext/seccompProfile/type"), "RuntimeDefault") << who;
      EXPECT_EQ(value_at(container, "/securityContext/allowPrivilegeEscalation"), false) << who;
      EXPECT_EQ(value_at(container, "/securityContext/capabilities/drop"), json({"ALL"})) << who;
    }
  }
}

TEST_P(EveryOverlay, servers_say_when_they_are_ready) {
  for (const auto& workload : workloads(GetParam())) {
    if (workload.key.starts_with("Job ")) continue;
    for (const auto& container : workload.pod["containers"]) {
      if (kWithoutReadiness.contains(container["name"])) continue;
      EXPECT_TRUE(container.contains("readinessProbe")) << workload.key;
      EXPECT_TRUE(container.contains("livenessProbe")) << workload.key;
    }
  }
}

TEST_P(EveryOverlay, replicas_are_spread_over_the_nodes_and_survive_a_drain) {
  const auto objects = render_stack(GetParam());
  const auto is_guarded = [&](const json& labels) {
    return std::any_of(objects.begin(), objects.end(), [&](const auto& entry) {
      return entry.first.starts_with("PodDisruptionBudget ") &&
             has_labels(labels, value_at(entry.second, "/spec/selector/matchLabels"));
    });
  };
  std::size_t count = 0;
  for (const auto& workload : workloads(GetParam())) {
    if (workload.spec.value("replicas", 1) < 2) continue;
    EXPECT_EQ(workload.spec["replicas"], 3) << workload.key;
    EXPECT_EQ(value_at(workload.pod, "/topologySpreadConstraints/0/topologyKey"), "kubernetes.io/hostname")
        << workload.key;
    EXPECT_TRUE(is_guarded(workload.spec["template"]["metadata"]["labels"])) << workload.key;
    ++count;
  }
  EXPECT_EQ(count, 4u);
}

}  // namespace
}  // namespace reconciler::test
