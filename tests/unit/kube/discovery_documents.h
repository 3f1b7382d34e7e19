#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "kube/transport.h"

namespace reconciler::kube {

/// A resource as aggregated discovery has it.
inline nlohmann::json discovered(const std::string& plural, const std::string& kind, bool namespaced) {
  return {{"resource", plural},
          {"responseKind", {{"group", ""}, {"version", ""}, {"kind", kind}}},
          {"scope", namespaced ? "Namespaced" : "Cluster"},
          {"verbs", {"watch", "get", "list", "delete", "patch", "create"}}};
}

/// An array of these: compilers do not agree on what braces around a single value mean.
inline nlohmann::json array_of(std::vector<nlohmann::json> values) { return values; }

inline nlohmann::json discovered_version(const std::string& version, std::vector<nlohmann::json> resources) {
  return {{"version", version}, {"resources", array_of(std::move(resources))}};
}

inline std::string discovery_list(std::vector<nlohmann::json> groups) {
  return nlohmann::json{
      {"kind", "APIGroupDiscoveryList"}, {"metadata", nlohmann::json::object()}, {"items", array_of(std::move(groups))}}
      .dump();
}

/// What `/api` and `/apis` of a small cluster answer: ConfigMap and Namespace, Deployment, and a
/// HorizontalPodAutoscaler of two versions.
inline std::string core_discovery() {
  return discovery_list(
      {{{"metadata", {{"creationTimestamp", nullptr}}},
        {"versions", array_of({discovered_version("v1", {discovered("configmaps", "ConfigMap", true),
                                                         discovered("namespaces", "Namespace", false)})})}}});
}

inline std::string group_discovery() {
  const auto autoscaler = discovered("horizontalpodautoscalers", "HorizontalPodAutoscaler", true);
  return discovery_list(
      {{{"metadata", {{"name", "apps"}}},
        {"versions", array_of({discovered_version("v1", {discovered("deployments", "Deployment", true)})})}},
       {{"metadata", {{"name", "autoscaling"}}},
        {"versions", array_of({discovered_version("v2", {autoscaler}), discovered_version("v1", {autoscaler})})}}});
}

inline HttpAnswer ok(std::string body) { return {200, std::move(body), {}, Failure::kNone, ""}; }

/// The answer to a request for discovery; nothing for any other.
inline std::optional<HttpAnswer> answer_discovery(const HttpRequest& request) {
  if (request.target == "/api") return ok(core_discovery());
  if (request.target == "/apis") return ok(group_discovery());
  return std::nullopt;
}

}  // namespace reconciler::kube
