#include "sync/ignore_rules.h"

#include <nlohmann/json.hpp>

#include "health/json_view.h"

namespace reconciler::sync {
namespace {

using health::text;

bool fits(const std::optional<std::string>& expected, const std::string& actual) {
  return !expected || *expected == actual;
}

}  // namespace

bool IgnoreRule::matches(const ObjectKey& key) const {
  return fits(group, key.type.group) && fits(kind, key.type.kind) && fits(namespace_, key.namespace_) &&
         fits(name, key.name);
}

ObjectKey scale_target(const Json& autoscaler, const std::string& namespace_) {
  return {{std::string(group_of(text(autoscaler, {"spec", "scaleTargetRef", "apiVersion"}))),
           text(autoscaler, {"spec", "scaleTargetRef", "kind"})},
          namespace_,
          text(autoscaler, {"spec", "scaleTargetRef", "name"})};
}

void leave_to_others(DesiredSet& set, const std::vector<IgnoreRule>& rules) {
  for (auto& desired : set.objects) {
    for (const auto& rule : rules) {
      if (rule.matches(desired.key)) leave_fields(desired, rule.pointers);
    }
  }
  for (const auto& desired : set.objects) {
    if (desired.key.type != kAutoscaler) continue;
    const auto target = set.index.find(scale_target(desired.manifest->parse(), desired.key.namespace_));
    if (target == set.index.end()) continue;
    auto& workload = set.objects[target->second];
    leave_fields(workload, {kReplicas});
    workload.note = "replicas are left to HorizontalPodAutoscaler " + desired.key.name;
  }
}

}  // namespace reconciler::sync
