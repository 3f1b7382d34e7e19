#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "kube/cluster.h"

namespace reconciler::controller {

/// Finds the parents of other tools' ApplySets (`find_parent.h`), which costs lists of the whole cluster: what was
/// found counts for five seconds, also that there was none. Thread-safe.
class ParentFinder {
 public:
  ParentFinder(kube::Cluster& cluster, const Clock& clock) : cluster_(cluster), clock_(clock) {}

  /// Absent when there is none, or none that may be listed.
  std::optional<ObjectKey> find(const std::string& part_of);

 private:
  struct Answer {
    std::optional<ObjectKey> parent;
    SteadyTime came;
  };

  /// Nothing when it has to be looked for.
  std::optional<Answer> known(const std::string& part_of);

  kube::Cluster& cluster_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Answer> answers_;  ///< By ApplySet. Guarded by mutex_.
};

}  // namespace reconciler::controller
