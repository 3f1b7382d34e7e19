#pragma once

#include <set>

#include "kube/cluster.h"
#include "sync/desired.h"
#include "sync/live.h"

namespace reconciler::sync {

/// The members that are definitions, left Git, and have no object of their kind in the cluster: nothing goes with them.
/// Costs requests only when definitions left Git without a confirmation. What cannot be asked for counts as used.
std::set<ObjectKey> unused_definitions(const DesiredSet& set, const LiveSet& live, kube::Cluster& cluster);

}  // namespace reconciler::sync
