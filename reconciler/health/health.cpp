#include "health/health.h"

#include <charconv>
#include <optional>

#include "health/json_view.h"
#include "health/rules.h"
#include "health/table.h"
#include "object/redact.h"

namespace reconciler::health {
namespace {

/// The generation that the controller has seen; -1 when it says none. Argo Rollouts says it as a text.
std::int64_t observed_generation(const Json& live) {
  const auto words = text(live, {"status", "observedGeneration"});
  std::int64_t number = integer(live, {"status", "observedGeneration"}, -1);
  std::from_chars(words.data(), words.data() + words.size(), number);
  return number;
}

/// What holds for every kind: an object that goes, and one whose controller lags behind.
std::optional<Health> assess_change(const Json& live) {
  if (find(live, {"metadata", "deletionTimestamp"}) != nullptr)
    return Health{HealthStatus::kProgressing, "being deleted"};
  const auto observed = observed_generation(live);
  const auto generation = integer(live, {"metadata", "generation"}, observed);
  if (observed < 0 || observed == generation) return std::nullopt;
  return Health{HealthStatus::kProgressing, "its controller has not seen the latest change yet"};
}

/// What a controller says in the two conditions that kstatus defines for all kinds.
std::optional<Health> assess_by_common_conditions(const Json& live) {
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

Health assess(const Json& live, std::span<const HealthRule> rules) {
  if (!live.is_object()) return {HealthStatus::kUnknown, "the live object could not be read"};
  if (auto health = assess_change(live)) return *std::move(health);
  const GroupKind type{std::string(group_of(text(live, {"apiVersion"}))), text(live, {"kind"})};
  // What a rule says of a Secret may quote it.
  std::optional<Json> hidden;
  if (!rules.empty() && type == GroupKind{"", "Secret"}) hidden = redacted(live);
  if (auto health = assess_by_rules(rules, type, hidden ? *hidden : live)) return *std::move(health);
  if (auto health = assess_by_common_conditions(live)) return *std::move(health);
  if (const Rule rule = rule_of(type)) return rule(live);
  if (auto health = assess_by_rules(known_rules(), type, live)) return *std::move(health);
  return assess_by_ready_condition(live);
}

}  // namespace reconciler::health
