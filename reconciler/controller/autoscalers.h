#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "kube/cluster.h"
#include "sync/desired.h"
#include "sync/live.h"

namespace reconciler::controller {

/// Leaves the replicas of workloads to HorizontalPodAutoscalers that Git does not hold. Which workloads an autoscaler
/// has scaled is read from the owners of their fields; whether it still targets them is asked of the API server once a
/// commit. Thread-safe.
class Autoscalers {
 public:
  /// `head` is the commit; where the API server cannot be asked (no right, no such kind), the owners alone count.
  void leave_replicas(const std::string& environment, const std::string& head, const sync::LiveSet& live,
                      kube::Cluster& cluster, sync::DesiredSet& set);
  /// The next call asks anew.
  void forget(const std::string& environment);

 private:
  using Targets = std::optional<std::set<ObjectKey>>;
  struct Known {
    std::string head;
    std::map<std::string, Targets> by_namespace;
  };
  Targets targets(const std::string& environment, const std::string& head, const std::string& namespace_,
                  kube::Cluster& cluster);

  std::mutex mutex_;
  std::map<std::string, Known> known_;  ///< By environment. Guarded by mutex_.
};

}  // namespace reconciler::controller
