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

/// Leaves to others what the rules say, and the replicas of every workload that a HorizontalPodAutoscaler of the set
/// targets.
void leave_to_others(DesiredSet& set, const std::vector<IgnoreRule>& rules);

}  // namespace reconciler::sync
