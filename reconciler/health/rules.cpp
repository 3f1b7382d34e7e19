#include "health/rules.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "health/json_view.h"
#include "health/pod_trouble.h"
#include "health/table.h"

namespace reconciler::health {
namespace {

Health healthy() { return {}; }
Health progressing(std::string message) { return {HealthStatus::kProgressing, std::move(message)}; }
Health degraded(std::string message) { return {HealthStatus::kDegraded, std::move(message)}; }
Health suspended(std::string message) { return {HealthStatus::kSuspended, std::move(message)}; }

std::string of(std::int64_t have, std::int64_t want, std::string_view what) {
  return std::to_string(have) + " of " + std::to_string(want) + " " + std::string(what);
}

Health deployment(const Json& live) {
  if (flag(live, {"spec", "paused"})) return suspended("the Deployment is paused");
  const auto* progress = condition(live, "Progressing");
  if (progress != nullptr && text(*progress, {"reason"}) == "ProgressDeadlineExceeded")
    return degraded(words(*progress));
  const auto* failure = condition(live, "ReplicaFailure");
  if (failure != nullptr && text(*failure, {"status"}) == "True") return degraded(words(*failure));

  const auto want = integer(live, {"spec", "replicas"}, 1);
  const auto all = integer(live, {"status", "replicas"});
  const auto updated = integer(live, {"status", "updatedReplicas"});
  const auto available = integer(live, {"status", "availableReplicas"});
  if (updated < want) return progressing(of(updated, want, "replicas updated"));
  if (all > updated) return progressing(of(all - updated, all, "replicas are old and wait to end"));
  if (available < updated) return progressing(of(available, updated, "replicas available"));
  if (!has_condition(live, "Available", "True")) return progressing("not available yet");
  return healthy();
}

Health stateful_set(const Json& live) {
  if (text(live, {"spec", "updateStrategy", "type"}) == "OnDelete") return healthy();
  const auto want = integer(live, {"spec", "replicas"}, 1);
  const auto all = integer(live, {"status", "replicas"});
  const auto ready = integer(live, {"status", "readyReplicas"});
  const auto updated = integer(live, {"status", "updatedReplicas"});
  const auto partition = integer(live, {"spec", "updateStrategy", "rollingUpdate", "partition"});
  if (all < want) return progressing(of(all, want, "replicas created"));
  if (ready < want) return progressing(of(ready, want, "replicas ready"));
  if (all > want) return progressing(of(all - want, all, "replicas wait to end"));
  if (partition > 0) {
    return updated < want - partition ? progressing(of(updated, want - partition, "replicas updated")) : healthy();
  }
  if (text(live, {"status", "currentRevision"}) != text(live, {"status", "updateRevision"})) {
    return progressing(of(updated, want, "replicas updated"));
  }
  return healthy();
}

Health daemon_set(const Json& live) {
  if (find(live, {"status", "observedGeneration"}) == nullptr) return progressing("not seen by its controller yet");
  const auto want = integer(live, {"status", "desiredNumberScheduled"});
  const auto updated = integer(live, {"status", "updatedNumberScheduled"});
  const auto available = integer(live, {"status", "numberAvailable"});
  if (text(live, {"spec", "updateStrategy", "type"}) != "OnDelete" && updated < want) {
    return progressing(of(updated, want, "pods updated"));
  }
  if (available < want) return progressing(of(available, want, "pods available"));
  return healthy();
}

Health replica_set(const Json& live) {
  const auto* failure = condition(live, "ReplicaFailure");
  if (failure != nullptr && text(*failure, {"status"}) == "True") return degraded(words(*failure));
  const auto want = integer(live, {"spec", "replicas"}, 1);
  const auto available = integer(live, {"status", "availableReplicas"});
  if (available < want) return progressing(of(available, want, "replicas available"));
  return healthy();
}

/// Whether the Pod is meant to end, as that of a Job is.
bool is_meant_to_end(const Json& pod) {
  const auto policy = text(pod, {"spec", "restartPolicy"});
  return policy == "Never" || policy == "OnFailure";
}

Health pod(const Json& live) {
  const auto phase = text(live, {"status", "phase"});
  if (phase == "Succeeded") return healthy();
  if (phase == "Failed") {
    auto why = reasons(*find(live, {"status"}));
    return degraded(why.empty() ? "the Pod failed" : std::move(why));
  }
  if (auto trouble = pod_trouble(live)) {
    return {trouble->grace > Duration(0) ? HealthStatus::kProgressing : HealthStatus::kDegraded, trouble->message};
  }
  if (phase == "Running" && is_meant_to_end(live)) return progressing("the Pod runs, and has not ended yet");
  if (phase == "Running" && has_condition(live, "Ready", "True")) return healthy();
  return progressing(phase.empty() ? "not started yet" : "phase " + phase);
}

Health job(const Json& live) {
  if (has_condition(live, "Failed", "True")) return degraded(words(*condition(live, "Failed")));
  if (has_condition(live, "Complete", "True")) return healthy();
  if (flag(live, {"spec", "suspend"})) return suspended("the Job is suspended");
  return progressing("the Job runs");
}

Health claim(const Json& live) {
  const auto phase = text(live, {"status", "phase"});
  if (phase == "Bound") return healthy();
  if (phase == "Lost") return degraded("its volume is lost");
  return progressing(phase.empty() ? "not bound yet" : "phase " + phase);
}

Health service(const Json& live) {
  if (text(live, {"spec", "type"}) != "LoadBalancer") return healthy();
  const auto* ingress = find(live, {"status", "loadBalancer", "ingress"});
  return ingress != nullptr && !ingress->empty() ? healthy() : progressing("waits for its load balancer's address");
}

Health definition(const Json& live) {
  for (const char* type : {"NamesAccepted", "Established"}) {
    const auto* found = condition(live, type);
    if (found != nullptr && text(*found, {"status"}) == "False" && text(*found, {"reason"}) != "Installing") {
      return degraded(words(*found));
    }
  }
  return has_condition(live, "Established", "True") ? healthy() : progressing("not established yet");
}

Health api_service(const Json& live) {
  const auto* available = condition(live, "Available");
  if (available == nullptr) return progressing("not checked by the API server yet");
  return text(*available, {"status"}) == "True" ? healthy() : progressing(words(*available));
}

Health autoscaler(const Json& live) {
  for (const char* type : {"AbleToScale", "ScalingActive"}) {
    const auto* found = condition(live, type);
    if (found == nullptr || text(*found, {"status"}) != "False") continue;
    return text(*found, {"reason"}) == "ScalingDisabled" ? suspended(words(*found)) : degraded(words(*found));
  }
  return healthy();
}

struct NamedRule {
  std::string_view group;
  std::string_view kind;
  Rule rule;
};

constexpr auto kRules = std::to_array<NamedRule>({
    {"apps", "Deployment", deployment},
    {"apps", "StatefulSet", stateful_set},
    {"apps", "DaemonSet", daemon_set},
    {"apps", "ReplicaSet", replica_set},
    {"", "Pod", pod},
    {"batch", "Job", job},
    {"", "PersistentVolumeClaim", claim},
    {"", "Service", service},
    {"apiextensions.k8s.io", "CustomResourceDefinition", definition},
    {"apiregistration.k8s.io", "APIService", api_service},
    {"autoscaling", "HorizontalPodAutoscaler", autoscaler},
});

/// Kinds that have nothing to report: what they are is in their specification alone.
constexpr auto kWithoutStatus = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"", "ConfigMap"},
    {"", "Secret"},
    {"", "ServiceAccount"},
    {"", "LimitRange"},
    {"", "Endpoints"},
    {"", "Namespace"},
    {"", "ResourceQuota"},
    {"", "PersistentVolume"},
    {"rbac.authorization.k8s.io", "Role"},
    {"rbac.authorization.k8s.io", "RoleBinding"},
    {"rbac.authorization.k8s.io", "ClusterRole"},
    {"rbac.authorization.k8s.io", "ClusterRoleBinding"},
    {"networking.k8s.io", "NetworkPolicy"},
    {"networking.k8s.io", "IngressClass"},
    {"scheduling.k8s.io", "PriorityClass"},
    {"storage.k8s.io", "StorageClass"},
    {"node.k8s.io", "RuntimeClass"},
    {"admissionregistration.k8s.io", "MutatingWebhookConfiguration"},
    {"admissionregistration.k8s.io", "ValidatingWebhookConfiguration"},
    {"monitoring.coreos.com", "ServiceMonitor"},
    {"monitoring.coreos.com", "PodMonitor"},
    {"monitoring.coreos.com", "Probe"},
    {"monitoring.coreos.com", "PrometheusRule"},
    {"monitoring.coreos.com", "AlertmanagerConfig"},
    {"monitoring.coreos.com", "ScrapeConfig"},
});

}  // namespace

Rule rule_of(const GroupKind& type) {
  for (const auto& named : kRules) {
    if (named.group == type.group && named.kind == type.kind) return named.rule;
  }
  return nullptr;
}

bool has_health(const GroupKind& type, std::span<const HealthRule> rules) {
  if (std::any_of(rules.begin(), rules.end(), [&](const auto& rule) { return rule.concerns(type); })) return true;
  for (const auto& [group, kind] : kWithoutStatus) {
    if (group == type.group && kind == type.kind) return false;
  }
  return true;
}

}  // namespace reconciler::health
