#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "controller/warnings.h"
#include "health/health.h"
#include "health/pod_trouble.h"
#include "kube/cluster.h"

namespace reconciler::controller {

/// Knows what keeps the pods of workloads from running, and volume claims from being bound. Pods are nobody's members,
/// so they have a watch of their own, in the namespaces that have workloads and only while some do. Of a pod there
/// remain its workload and its trouble. Thread-safe.
class Pods {
 public:
  /// Called, from the transport thread, when what is said of these workloads may have changed. Must not block.
  using Changed = std::function<void(const std::set<ObjectKey>& workloads)>;

  Pods(kube::Cluster& cluster, const Clock& clock, Changed changed);
  ~Pods();
  /// Follows nothing any more; `changed` is not called when this returns. The destructor does it, too.
  void stop();

  /// In which namespaces an ApplySet has workloads. Opens and ends watches as needed; never blocks. Must not be called
  /// from a handler of a watch.
  void follow(const std::string& part_of, const std::set<std::string>& namespaces);

  /// How the workload does by its pods: Degraded, or Progressing while no node takes a pod but one still may, and while
  /// a probe fails, which it may at every start; Degraded when no more of them can be made. Nothing when its pods have
  /// no trouble. Pods of an older revision than the newest do not count.
  std::optional<health::Health> trouble(const ObjectKey& workload) const;

  /// Why a volume claim is not bound, as Events say; Degraded when something is wrong. Nothing when they say nothing.
  std::optional<health::Health> claim(const ObjectKey& claim) const;

  /// When what is said of the workload changes by itself; nothing when only news can change it.
  std::optional<SteadyTime> due(const ObjectKey& workload) const;

 private:
  class NamespaceWatch;
  /// What Events alone say of a pod.
  enum class Awaits { kNothing, kContainers, kProbes };
  /// What is remembered of a pod.
  struct Note {
    std::string created;   ///< RFC 3339: to find the newest revision.
    std::string revision;  ///< Of its workload's template.
    std::optional<health::PodTrouble> trouble;
    Awaits awaits = Awaits::kNothing;
    SteadyTime since{};  ///< When a trouble that may pass began.
  };
  using Notes = std::map<std::string, Note>;  ///< By the pod's name.

  void put(const Json& pod, std::set<ObjectKey>& news);
  void drop(const Json& pod, std::set<ObjectKey>& news);
  SteadyTime began(const Json& pod) const;
  static std::set<std::string> newest_revisions(const Notes& notes);
  /// The worst trouble of a workload's pods.
  struct Worst {
    std::string pod;
    std::string message;
    SteadyTime until{};  ///< It may pass before.
  };
  std::optional<Worst> worst(const ObjectKey& workload) const;
  std::optional<health::Health> refusal(const ObjectKey& workload) const;
  std::optional<Worst> trouble_of(const std::string& namespace_, const std::string& pod, const Note& note) const;
  static Awaits awaited_by(const Json& pod);
  void warned(const ObjectKey& object);
  std::set<std::string> wanted() const;

  kube::Cluster& cluster_;
  const Clock& clock_;
  const Changed changed_;

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::map<std::string, std::set<std::string>> namespaces_;  ///< By ApplySet.
  std::unordered_map<ObjectKey, Notes> notes_;               ///< By workload.

  std::mutex watches_mutex_;  ///< Taken before mutex_, and never by a handler.
  std::map<std::string, std::unique_ptr<NamespaceWatch>> watches_;
  Warnings warnings_;
};

}  // namespace reconciler::controller
