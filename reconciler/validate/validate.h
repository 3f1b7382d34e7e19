#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "object/manifest.h"
#include "validate/finding.h"

namespace reconciler::validate {

struct Options {
  std::string default_namespace;  ///< Of objects that name none; "" when nobody says it, which is a finding.
};

/// What is wrong in a rendered set that an API server, which is shown one object at a time, cannot see: names of what
/// does not exist, selectors that select nothing, and the like (`rules()`). A pure function, which knows no cluster.
/// Ordered by file and line. Errors: kInternal when a body is no JSON.
Result<std::vector<Finding>> validate(const Rendered& rendered, const Options& options);

}  // namespace reconciler::validate
