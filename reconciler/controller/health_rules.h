#pragma once

#include <vector>

#include "base/result.h"
#include "health/table.h"
#include "object/manifest.h"
#include "yaml/config.h"

namespace reconciler::controller {

/// The rules of `healthRules`, a list in the spec of an Environment. What is wrong with them goes to the end of
/// `causes`.
std::vector<health::HealthRule> read_health_rules(const yaml::ConfigNode& list, std::vector<Cause>& causes);

/// The same rules as the custom resource mirrors them.
Json to_json(const std::vector<health::HealthRule>& rules);

}  // namespace reconciler::controller
