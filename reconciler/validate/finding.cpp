#include "validate/finding.h"

#include <algorithm>
#include <array>

namespace reconciler::validate {

const char* to_string(Severity severity) { return severity == Severity::kError ? "error" : "warning"; }

std::span<const Rule* const> rules() {
  static constexpr auto kRules = std::to_array<const Rule*>(
      {&kAddress, &kAnnotation, &kCollision, &kDeprecatedApi, &kImage, &kKey, &kNamespace, &kPort, &kReference,
       &kRemovedApi, &kSelector, &kUndeclaredPort, &kUnselected, &kVariable});
  return kRules;
}

const Rule* find_rule(std::string_view id) {
  const auto all = rules();
  const auto found = std::ranges::find(all, id, [](const Rule* rule) { return rule->id; });
  return found == all.end() ? nullptr : *found;
}

}  // namespace reconciler::validate
