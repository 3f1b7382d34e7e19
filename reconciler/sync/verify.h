#pragma once

#include <set>
#include <stop_token>

#include "sync/execution.h"

namespace reconciler::sync {

/// Looks whether what counts as in sync is so, by content: tries all objects that the plan keeps and compares the
/// answers with what lives. A backstop against what digests and owners do not show. Costs a dry-run for each object,
/// and lists. Returns the objects that an apply would change. Errors: those of a list; kCancelled, kUnavailable.
Result<std::set<ObjectKey>> verify(const DesiredSet& set, const Plan& plan, kube::Cluster& cluster,
                                   const Effort& effort, std::stop_token stop);

}  // namespace reconciler::sync
