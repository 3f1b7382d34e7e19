#pragma once

#include <set>
#include <stop_token>

#include "sync/execution.h"

namespace reconciler::sync {

struct Verified {
  std::set<ObjectKey> different;  ///< An apply would change them.
  Refusals refused;  ///< The server would not take them now, as for a new policy: whether they differ is not known.
};

/// Looks whether what counts as in sync is so, by content: tries all objects that the plan keeps and compares the
/// answers with what lives. A backstop against what digests and owners do not show. Costs a dry-run for each object,
/// and lists. Errors: those of a list or get; kCancelled, kUnavailable.
Result<Verified> verify(const DesiredSet& set, const Plan& plan, kube::Cluster& cluster, const Effort& effort,
                        std::stop_token stop);

}  // namespace reconciler::sync
