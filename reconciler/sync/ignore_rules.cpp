#include "sync/ignore_rules.h"

#include <nlohmann/json.hpp>

#include "health/json_view.h"

namespace reconciler::sync {
namespace {

using health::text;

bool fits(const std::optional<std::string>& expected, const std::string& actual) {
  return !expected || *expected == actual;
}

/// What a HorizontalPodAutoscaler scales (autoscaling/v2, `spec.scaleTargetRef`).
ObjectKey target_of(const Desired& autoscaler) {
  const Json body = autoscaler.manifest->parse();
  return {{std::string(group_of(text(body, {"spec", "scaleTargetRef", "apiVersion"}))),
           text(body, {"spec", "scaleTargetRef", "kind"})},
          autoscaler.key.namespace_,
          text(body, {"spec", "scaleTargetRef", "name"})};
}

}  // namespace

bool IgnoreRule::matches(const ObjectKey& key) const {
  return fits(group, key.type.group) && fits(kind, key.type.kind) && fits(namespace_, key.namespace_) &&
         fits(name, key.name);
}

void leave_to_others(DesiredSet& set, const std::vector<IgnoreRule>& rules) {
  for (auto& desired : set.objects) {
    for (const auto& rule : rules) {
      if (rule.matches(desired.key)) leave_fields(desired, rule.pointers);
    }
  }
  for (const auto& desired : set.objects) {
    if (desired.key.type != GroupKind{"autoscaling", "HorizontalPodAutoscaler"}) continue;
    const auto target = set.index.find(target_of(desired));
    if (target == set.index.end()) continue;
    auto& workload = set.objects[target->second];
    leave_fields(workload, {"/spec/replicas"});
    workload.note = "replicas are left to HorizontalPodAutoscaler " + desired.key.name;
  }
}

}  // namespace reconciler::sync
