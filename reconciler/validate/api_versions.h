#pragma once

#include "validate/objects.h"

namespace reconciler::validate {

/// Rules `removed-api` and `deprecated-api`: by the deprecation guide of Kubernetes, up to 1.36.
void check_api_versions(const Objects& objects, Report& report);

}  // namespace reconciler::validate
