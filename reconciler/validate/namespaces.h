#pragma once

#include "validate/objects.h"

namespace reconciler::validate {

/// Rule `namespace`: an object that lives in a namespace says which, and the set has that namespace, or every cluster.
/// An object that says none is fine when the environment says it: `has_default`.
void check_namespaces(const Objects& objects, bool has_default, Report& report);

}  // namespace reconciler::validate
