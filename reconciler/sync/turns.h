#pragma once

#include "sync/plan.h"

namespace reconciler::sync {

/// Marks the steps of a complete plan whose turn has not come, and names what they wait for:
/// - a creation or change waits until all objects of earlier waves, and all that it depends on, are as Git says and
///   healthy (or suspended, which waiting does not change) by what their controllers have observed;
/// - what cannot exist without a namespace or definition that waits, waits with it;
/// - pruning waits for all that is to be applied, then goes wave by wave from the last to the first, each after the
///   objects of the one before are gone.
/// Drift is put back without waiting. With `policy.in_order` false, only pruning has an order. Pure.
void hold_back(Plan& plan, const LiveSet& live, const Policy& policy);

/// Holds all that waits for the hooks of a phase: everything but drift and the namespaces that these hooks live in.
/// Returns whether such a namespace is still to be applied.
bool hold_for_hooks(Plan& plan, const DesiredSet& set, HookPhase phase);

/// The objects of Git that are not as it says, or not healthy (or suspended).
std::vector<Awaited> unready(const Plan& plan, const LiveSet& live);

}  // namespace reconciler::sync
