#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "kube/cluster.h"

namespace reconciler::controller {

/// Knows what Events say of pods that do not start, of workloads whose pods cannot be made and of volume claims that
/// are not bound, whose own status does not tell why: a volume that cannot be mounted because its ConfigMap is missing,
/// a quota that is used up, a storage class that does not exist. Of an Event there remains a line. Thread-safe.
class Warnings {
 public:
  /// Called, from the transport thread, when something new is said of an object. Must not block.
  using Changed = std::function<void(const ObjectKey& object)>;

  struct Warning {
    std::string message;      ///< `Reason: message`.
    bool is_warning = false;  ///< Else the object only waits for something.
    std::string when = {};    ///< RFC 3339.

    bool operator==(const Warning&) const = default;
  };

  Warnings(kube::Cluster& cluster, Changed changed);
  ~Warnings();

  /// In which namespaces to listen ("" for all of them). Not to be called from a handler of a watch.
  void follow(const std::set<std::string>& namespaces);

  /// The latest that was said of a Pod, a PersistentVolumeClaim, or a workload other than Deployments, whose own status
  /// tells.
  std::optional<Warning> of(const ObjectKey& object) const;

 private:
  class EventWatch;

  void put(const Json& event);
  void drop(const Json& event);

  kube::Cluster& cluster_;
  const Changed changed_;

  mutable std::mutex mutex_;
  struct Said {
    Warning warning;
    std::string event;  ///< The name of the Event that says it.
  };
  std::unordered_map<ObjectKey, Said> said_;  ///< Guarded by mutex_.

  std::map<std::string, std::vector<std::unique_ptr<EventWatch>>> watches_;  ///< By namespace; `follow` alone uses it.
};

}  // namespace reconciler::controller
