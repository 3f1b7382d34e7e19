#include "health/health.h"

#include <optional>
#include <unordered_map>

#include "health/json_view.h"
#include "health/rules.h"

namespace reconciler::health {
namespace {

/// What holds for every kind: an object that goes, one whose controller lags behind, and what its controller says
/// itself.
std::optional<Health> assess_generically(const Json& live) {
  if (find(live, {"metadata", "deletionTimestamp"}) != nullptr)
    return Health{HealthStatus::kProgressing, "being deleted"};
  const auto observed = integer(live, {"status", "observedGeneration"}, -1);
  const auto generation = integer(live, {"metadata", "generation"}, observed);
  if (observed >= 0 && observed != generation) {
    return Health{HealthStatus::kProgressing, "its controller has not seen the latest change yet"};
  }
  if (has_condition(live, "Reconciling", "True")) {
    return Health{HealthStatus::kProgressing, words(*condition(live, "Reconciling"))};
  }
  if (has_condition(live, "Stalled", "True"))
    return Health{HealthStatus::kDegraded, words(*condition(live, "Stalled"))};
  return std::nullopt;
}

Health assess_by_ready_condition(const Json& live) {
  const auto* ready = condition(live, "Ready");
  if (ready == nullptr || text(*ready, {"status"}) == "True") return {};
  return {HealthStatus::kProgressing, words(*ready)};
}

}  // namespace

const char* to_string(HealthStatus status) {
  switch (status) {
    case HealthStatus::kHealthy:
      return "Healthy";
    case HealthStatus::kSuspended:
      return "Suspended";
    case HealthStatus::kProgressing:
      return "Progressing";
    case HealthStatus::kMissing:
      return "Missing";
    case HealthStatus::kDegraded:
      return "Degraded";
    case HealthStatus::kUnknown:
      return "Unknown";
  }
  return "Unknown";
}

Health assess(const Json& live) {
  if (!live.is_object()) return {HealthStatus::kUnknown, "the live object could not be read"};
  if (auto health = assess_generically(live)) return *std::move(health);
  const GroupKind type{std::string(group_of(text(live, {"apiVersion"}))), text(live, {"kind"})};
  const Rule rule = rule_of(type);
  return rule == nullptr ? assess_by_ready_condition(live) : rule(live);
}

}  // namespace reconciler::health
