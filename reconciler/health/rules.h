#pragma once

#include "health/health.h"

namespace reconciler::health {

/// The rule of one kind: its health from the live object, once the generic rules have found nothing.
using Rule = Health (*)(const Json& live);

/// The rule of a built-in kind; null for all others.
Rule rule_of(const GroupKind& type);

}  // namespace reconciler::health
