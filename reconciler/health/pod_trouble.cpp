#include "health/pod_trouble.h"

#include <algorithm>
#include <array>
#include <utility>

#include "health/json_view.h"
#include "health/short_text.h"

namespace reconciler::health {
namespace {

/// A first restart happens while a workload waits for another one; a second one is a habit.
constexpr std::int64_t kRestartsThatPass = 1;

/// A node that is only just coming takes a moment, and a volume as long as what provisions it.
constexpr Duration kUntilNode = std::chrono::seconds(3);
constexpr Duration kUntilVolume = std::chrono::seconds(15);
/// How a scheduler says that the pod's volume is not there yet (VolumeBinding's ErrReasonUnboundImmediate).
constexpr std::string_view kAwaitsVolume = "unbound immediate PersistentVolumeClaims";

/// What a container waits for on its ordinary way.
constexpr std::array<std::string_view, 3> kPassing{"", "ContainerCreating", "PodInitializing"};

/// `exit code 137, OOMKilled` of a container that ended; its own words when it left any.
std::string ending(const Json& terminated) {
  std::string text = "exit code " + std::to_string(integer(terminated, {"exitCode"}));
  const auto reason = health::text(terminated, {"reason"});
  if (!reason.empty() && reason != "Error" && reason != "Completed") text += ", " + reason;
  return text;
}

/// How the container last ended; "" when it never did.
std::string last_ending(const Json& status) {
  for (const auto& path : {std::initializer_list<const char*>{"state", "terminated"}, {"lastState", "terminated"}}) {
    if (const auto* terminated = find(status, path)) return ": " + ending(*terminated);
  }
  return "";
}

/// What is wrong with a container; "" when nothing is.
std::string trouble_of(const Json& status) {
  const auto waiting = text(status, {"state", "waiting", "reason"});
  if (waiting == "CrashLoopBackOff") return waiting + last_ending(status);
  if (std::find(kPassing.begin(), kPassing.end(), waiting) == kPassing.end()) {
    return reasons(*find(status, {"state", "waiting"}));
  }
  if (find(status, {"state", "terminated"}) != nullptr && integer(status, {"state", "terminated", "exitCode"}) == 0) {
    return "";
  }
  if (flag(status, {"ready"}) || integer(status, {"restartCount"}) <= kRestartsThatPass) return "";
  return "restarts and does not become ready" + last_ending(status);
}

std::optional<PodTrouble> container_trouble(const Json& pod, const char* list) {
  const auto* statuses = find(pod, {"status", list});
  if (statuses == nullptr || !statuses->is_array()) return std::nullopt;
  for (const auto& status : *statuses) {
    auto trouble = trouble_of(status);
    if (!trouble.empty()) return PodTrouble{shortened("container " + text(status, {"name"}) + ": " + trouble), {}};
  }
  return std::nullopt;
}

const Json* controller_of(const Json& pod) {
  const auto* owners = find(pod, {"metadata", "ownerReferences"});
  if (owners == nullptr || !owners->is_array()) return nullptr;
  for (const auto& owner : *owners) {
    if (flag(owner, {"controller"})) return &owner;
  }
  return nullptr;
}

}  // namespace

std::optional<PodTrouble> pod_trouble(const Json& pod) {
  const auto phase = text(pod, {"status", "phase"});
  if (find(pod, {"metadata", "deletionTimestamp"}) != nullptr || phase == "Succeeded" || phase == "Failed") {
    return std::nullopt;
  }
  for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
    if (auto trouble = container_trouble(pod, list)) return trouble;
  }
  const auto* scheduled = condition(pod, "PodScheduled");
  if (scheduled == nullptr || text(*scheduled, {"reason"}) != "Unschedulable") return std::nullopt;
  const bool awaits_volume = text(*scheduled, {"message"}).find(kAwaitsVolume) != std::string::npos;
  return PodTrouble{shortened(reasons(*scheduled)), awaits_volume ? kUntilVolume : kUntilNode};
}

bool awaits_containers(const Json& pod) {
  if (text(pod, {"status", "phase"}) != "Pending" || !has_condition(pod, "PodScheduled", "True")) return false;
  const auto* statuses = find(pod, {"status", "containerStatuses"});
  if (statuses == nullptr || !statuses->is_array()) return true;
  return std::all_of(statuses->begin(), statuses->end(), [](const Json& status) {
    return text(status, {"state", "waiting", "reason"}) == "ContainerCreating";
  });
}

bool awaits_probes(const Json& pod) {
  return text(pod, {"status", "phase"}) == "Running" && has_condition(pod, "Ready", "False");
}

ObjectKey workload_of(const Json& pod) {
  const auto namespace_ = text(pod, {"metadata", "namespace"});
  const auto* owner = controller_of(pod);
  if (owner == nullptr) return {{"", "Pod"}, namespace_, text(pod, {"metadata", "name"})};
  const GroupKind type{std::string(group_of(text(*owner, {"apiVersion"}))), text(*owner, {"kind"})};
  const auto name = text(*owner, {"name"});
  const auto hash = "-" + text(pod, {"metadata", "labels", "pod-template-hash"});
  if (type == GroupKind{"apps", "ReplicaSet"} && hash.size() > 1 && name.size() > hash.size() && name.ends_with(hash)) {
    return {{"apps", "Deployment"}, namespace_, name.substr(0, name.size() - hash.size())};
  }
  return {type, namespace_, name};
}

std::string revision_of(const Json& pod) {
  const auto hash = text(pod, {"metadata", "labels", "pod-template-hash"});
  return hash.empty() ? text(pod, {"metadata", "labels", "controller-revision-hash"}) : hash;
}

bool has_pods(const GroupKind& type) {
  if (type.group == "apps") {
    return type.kind == "Deployment" || type.kind == "StatefulSet" || type.kind == "DaemonSet" ||
           type.kind == "ReplicaSet";
  }
  return type == GroupKind{"batch", "Job"} || type == GroupKind{"", "Pod"};
}

bool pods_speak_for(const Json& workload) {
  const auto generation = integer(workload, {"metadata", "generation"});
  if (integer(workload, {"status", "observedGeneration"}, generation) < generation) return false;
  return text(workload, {"kind"}) != "Deployment" || integer(workload, {"status", "updatedReplicas"}) > 0;
}

}  // namespace reconciler::health
