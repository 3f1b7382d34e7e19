#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "object/manifest.h"

namespace reconciler::health {

/// From best to worst, so that the worst of several is their maximum.
enum class HealthStatus { kHealthy, kSuspended, kProgressing, kMissing, kDegraded, kUnknown };

/// The word that status, CLI and metrics use: "Healthy", …
const char* to_string(HealthStatus status);

/// How an object does, with the cause in words when it is not healthy.
struct Health {
  HealthStatus status = HealthStatus::kHealthy;
  std::string message;

  bool operator==(const Health&) const = default;
};

/// The health of a kind as data: a field, and what its values mean. A user's rules (`healthRules` of an Environment)
/// and our own for the kinds of well-known operators have this one form.
struct HealthRule {
  GroupKind type;  ///< The kind "*" stands for every kind of the group.
  /// A JSON pointer (RFC 6901) in which the elements of a list go by their index, by their `type` or `name`
  /// (`/status/conditions/Ready/status`), or, as "*", all together: the worst of them counts.
  std::string path;
  /// Which values mean what; "*" is every value. Numbers and booleans count as JSON writes them.
  std::map<HealthStatus, std::vector<std::string>> values;
  std::string message;  ///< The path of a text that says why; "" takes `reason` and `message` beside the value.

  bool concerns(const GroupKind& kind) const;
  bool operator==(const HealthRule&) const = default;
};

/// The health of a live object from its body alone: the rules of kstatus for built-in kinds, with Argo CD's where they
/// are better (a paused Deployment is Suspended, a lost claim is Degraded), the table of `known_rules` for kinds of
/// well-known operators, and the common conditions (`Ready`, `Stalled`, `Reconciling`, `observedGeneration`) for all
/// others. Kinds without any status are Healthy once they exist. `rules` are asked before all of these, except that an
/// object that goes, or whose controller lags behind, is Progressing in any case. Pure; never fails: what cannot be
/// read is Unknown with the reason.
Health assess(const Json& live, std::span<const HealthRule> rules = {});

/// Whether the health of objects of this kind can change while they exist, so that their status must be watched.
/// Kinds of which it is false need nothing but their metadata.
bool has_health(const GroupKind& type, std::span<const HealthRule> rules = {});

}  // namespace reconciler::health
