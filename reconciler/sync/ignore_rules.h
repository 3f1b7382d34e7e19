#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sync/desired.h"

namespace reconciler::sync {

/// Fields of some of an environment's objects that are left to others once the object lives. What is absent matches
/// any.
struct IgnoreRule {
  std::optional<std::string> group;  ///< "" for the core group.
  std::optional<std::string> kind;
  std::optional<std::string> namespace_;
  std::optional<std::string> name;
  std::vector<std::string> pointers;  ///< JSON pointers, as /spec/replicas.

  bool operator==(const IgnoreRule&) const = default;
  bool matches(const ObjectKey& key) const;
};

inline const GroupKind kAutoscaler{"autoscaling", "HorizontalPodAutoscaler"};
/// Where the workloads that an autoscaler scales have their replicas.
inline constexpr const char* kReplicas = "/spec/replicas";

/// What an autoscaler of that namespace scales (autoscaling/v2, `spec.scaleTargetRef`).
ObjectKey scale_target(const Json& autoscaler, const std::string& namespace_);

/// Leaves to others what the rules say, and the replicas of every workload that a HorizontalPodAutoscaler of the set
/// targets.
void leave_to_others(DesiredSet& set, const std::vector<IgnoreRule>& rules);

}  // namespace reconciler::sync
