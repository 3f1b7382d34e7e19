#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "object/manifest.h"

namespace reconciler::health {

/// What keeps a pod from running.
struct PodTrouble {
  std::string message;  ///< The container or condition, and the cause; the same for as long as the cause is.
  Duration grace{};     ///< How long it may last and be none: until a node takes the pod. Zero for all else.

  bool operator==(const PodTrouble&) const = default;
};

/// Read from the pod alone: containers that crash again and again, whose image or configuration cannot be had, that are
/// restarted and do not become ready; a pod that no node takes. Nothing for one that runs, ended, goes, or is still on
/// its way. Pure; takes any JSON.
std::optional<PodTrouble> pod_trouble(const Json& pod);

/// Whether the pod has a node and no containers yet: what they wait for is in Events alone, as a volume that cannot be
/// mounted.
bool awaits_containers(const Json& pod);

/// Whether its containers run and are not ready: why a probe fails is in Events alone.
bool awaits_probes(const Json& pod);

/// The workload that made the pod: its controller, and for a ReplicaSet of a Deployment that Deployment (the ReplicaSet
/// is named after it and the label `pod-template-hash`). The pod itself when nothing made it.
ObjectKey workload_of(const Json& pod);

/// Which revision of its workload's template the pod was made from; "" when it does not say.
std::string revision_of(const Json& pod);

/// Whether objects of this kind have pods whose troubles are theirs.
bool has_pods(const GroupKind& type);

/// Whether the pods that live are those of the workload as it is now: its controller has seen the latest change, and a
/// Deployment has pods of its newest template.
bool pods_speak_for(const Json& workload);

}  // namespace reconciler::health
