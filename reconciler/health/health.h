#pragma once

#include <string>

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

/// The health of a live object from its body alone: the rules of kstatus for built-in kinds, with Argo CD's where they
/// are better (a paused Deployment is Suspended, a lost claim is Degraded), and the common conditions (`Ready`,
/// `Stalled`, `Reconciling`, `observedGeneration`) for all others. Kinds without any status are Healthy once they
/// exist. Pure; never fails: what cannot be read is Unknown with the reason.
Health assess(const Json& live);

/// Whether the health of objects of this kind can change while they exist, so that their status must be watched.
/// Kinds of which it is false need nothing but their metadata.
bool has_health(const GroupKind& type);

}  // namespace reconciler::health
