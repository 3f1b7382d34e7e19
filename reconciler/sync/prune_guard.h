#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sync/plan.h"

namespace reconciler::sync {

/// A prune so large that it may be a mistake: it waits for somebody's word.
struct LargePrune {
  std::vector<ObjectKey> objects;  ///< What would go, in the plan's order.
  std::size_t members = 0;         ///< How many objects live now that Git holds or that would go.
  std::string digest;              ///< Of exactly these objects, by key and UID: what a confirmation names.
  std::string target;              ///< A digest of all that Git holds: the prune of one target goes on after a crash.
};

/// Whether the plan prunes at least five objects that are more than `max_fraction` of those that live, or all of them
/// without as many that take their place. A generated ConfigMap or Secret whose next generation comes with the plan
/// (the same name but for the hash that kustomize appends) does not count, nor does what its annotation
/// `gitops.spira.dev/prune: confirmed` let go before. Pure.
std::optional<LargePrune> large_prune(const DesiredSet& set, const Plan& plan, double max_fraction);

}  // namespace reconciler::sync
