#pragma once

#include <string>

#include "kube/cluster.h"
#include "sync/managed_fields.h"
#include "sync/plan.h"

namespace reconciler::sync {

/// Whose fields become ours with the step; nobody's where it adopts nothing. Pure. Where the object leaves fields to
/// others, only those of the step's own API version: what these are called in another one is not known.
Origin taken_over(const Step& step, const Json& live);

/// Whether fields of the object change hands when the step is done: it is adopted, or leaves fields to others.
bool needs_hand_over(const Step& step);

/// Readies a live object for its apply, and the request for it: the fields of the tools that applied the object before
/// become ours, so that those that Git does not have go with the apply; those that Git leaves to others stop being ours
/// (`left` is what the object will say of them) and are not in the request any more. `taker` is our ApplySet where the
/// object was met and counts as nobody's; "" where its owner is known. Errors: those of a patch; kConflict when what
/// was met belongs to another ApplySet.
Status hand_over(const Step& step, const std::string& left, const std::string& taker, kube::Cluster& cluster,
                 kube::ApplyRequest& request);

}  // namespace reconciler::sync
