#include "controller/autoscalers.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "sync/ignore_rules.h"

namespace reconciler::controller {

void Autoscalers::leave_replicas(const std::string& environment, const std::string& head, const sync::LiveSet& live,
                                 kube::Cluster& cluster, sync::DesiredSet& set) {
  for (auto& desired : set.objects) {
    const auto member = live.find(desired.key);
    if (member == live.end() || !member->second->autoscaled) continue;
    const auto& ignore = desired.directives.ignore;
    if (std::find(ignore.begin(), ignore.end(), sync::kReplicas) != ignore.end()) continue;
    const auto known = targets(environment, head, desired.key.namespace_, cluster);
    if (known && known->count(desired.key) == 0) continue;
    sync::leave_fields(desired, {sync::kReplicas});
    desired.note = "replicas are left to the HorizontalPodAutoscaler that scales it";
  }
}

Autoscalers::Targets Autoscalers::targets(const std::string& environment, const std::string& head,
                                          const std::string& namespace_, kube::Cluster& cluster) {
  {
    const std::scoped_lock lock(mutex_);
    Known& known = known_[environment];
    if (known.head != head) known = {head, {}};
    if (const auto found = known.by_namespace.find(namespace_); found != known.by_namespace.end()) return found->second;
  }
  kube::ListRequest request;
  request.type = sync::kAutoscaler;
  request.namespace_ = namespace_;
  std::set<ObjectKey> targets;
  const auto listed =
      cluster.list(request, [&](Json&& object) { targets.insert(sync::scale_target(object, namespace_)); });
  const std::scoped_lock lock(mutex_);
  return known_[environment].by_namespace[namespace_] = listed ? Targets(std::move(targets)) : std::nullopt;
}

void Autoscalers::forget(const std::string& environment) {
  const std::scoped_lock lock(mutex_);
  known_.erase(environment);
}

}  // namespace reconciler::controller
