#pragma once

#include "object/key.h"

namespace reconciler {

/// The place of a kind in a sync: lower ranks are applied first and pruned last; kinds of one rank go together.
/// What others need to exist comes before them (namespaces, definitions, policies, accounts, configuration, storage,
/// services, workloads), kinds that are not built in come after the built-in ones, and what can stand in the way of all
/// the others (admission webhooks and policies, aggregated API services) comes last.
int apply_rank(const GroupKind& type);

/// Namespaces and CustomResourceDefinitions: what other objects of the same set cannot be checked or created without.
bool brings_others(const GroupKind& type);

}  // namespace reconciler
