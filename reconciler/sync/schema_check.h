#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "object/manifest.h"

namespace reconciler::sync {

/// What an API server that served `definition` (a CustomResourceDefinition, apiextensions.k8s.io/v1) would refuse of
/// `object`, as far as its structural schema says: types, required fields and unknown ones (as with strict field
/// validation), enumerations, bounds, patterns, logical combinations, keys of lists. Defaults count as given. Not
/// checked are `x-kubernetes-validations` (CEL) and formats: they need the server. Each cause has the field; `where` is
/// empty. Pure.
std::vector<Cause> check_schema(const Json& object, const Json& definition);

}  // namespace reconciler::sync
