#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "health/health.h"

namespace reconciler::health {

/// What the rules say of a live object. Those that concern its kind are asked in their order, and the first that lists
/// the value decides. When none does, it is Progressing, unless no rule of its kind says what Healthy is; then they say
/// nothing. Pure.
std::optional<Health> assess_by_rules(std::span<const HealthRule> rules, const GroupKind& type, const Json& live);

/// Our own rules, for kinds that come with operators.
const std::vector<HealthRule>& known_rules();

/// Whether the text is a path of a rule: begins with "/", and no part of it is empty.
bool is_rule_path(const std::string& text);

}  // namespace reconciler::health
