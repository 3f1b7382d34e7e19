#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "object/manifest.h"

namespace reconciler::controller {

/// How long a Lease lasts without a renewal: a replica that was killed is replaced after this.
constexpr Duration kLeaseDuration = std::chrono::seconds(12);
/// Between two renewals.
constexpr Duration kLeaseRenewal = std::chrono::seconds(4);
/// A holder that could not renew stops working this long after its last renewal was sent: before another may begin.
constexpr Duration kLeaseGrasp = std::chrono::seconds(10);

/// Before all times.
constexpr SteadyTime kNever = SteadyTime::min();

/// What matters of a `Lease` (coordination.k8s.io/v1) as it lives in the cluster.
struct LeaseRecord {
  std::string holder;            ///< `spec.holderIdentity`; "" when it was given up.
  std::string renewed;           ///< `spec.renewTime`; only compared, since clocks differ.
  std::int64_t transitions = 0;  ///< `spec.leaseTransitions`: how often it changed hands.
  std::string resource_version;
  std::string uid;

  bool operator==(const LeaseRecord&) const = default;
};

LeaseRecord read_lease(const Json& object);

/// A Lease as one replica sees it.
struct LeaseView {
  bool exists = false;
  LeaseRecord record;
  SteadyTime observed = kNever;  ///< When the record last changed, by this replica's clock.
  SteadyTime held_to = kNever;   ///< This replica works on the environment until then.
  SteadyTime renew_at = kNever;  ///< When a holder renews; when one whom the server refused tries again.
};

enum class LeaseStep {
  kWait,   ///< Nothing to do before `next_step`.
  kMake,   ///< There is none: create it.
  kTake,   ///< It is free, ours from an earlier run, or its holder has fallen silent.
  kRenew,  ///< It is ours.
};

/// What `identity` does about the Lease now.
LeaseStep lease_step(const LeaseView& view, const std::string& identity, SteadyTime now);
/// When to ask again, if nothing is heard of it before.
SteadyTime next_lease_step(const LeaseView& view, const std::string& identity, SteadyTime now);

/// The `spec` that makes or keeps the Lease ours; that of a patch, too.
Json lease_spec(const LeaseView& view, const std::string& identity, WallTime now);

}  // namespace reconciler::controller
