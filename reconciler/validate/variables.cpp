#include "validate/variables.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>

#include "validate/fields.h"
#include "validate/text.h"

namespace reconciler::validate {
namespace {

using yaml::Node;
using Names = std::set<std::string, std::less<>>;

bool is_name_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}
bool is_upper(std::string_view name) {
  return std::ranges::none_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '-' || c == '.'; });
}

/// Calls `use` for each `$(NAME)`. `$$(NAME)` is none, and neither is what cannot be a name.
void for_each_name(std::string_view text, const std::function<void(std::string_view)>& use) {
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    if (text[at] != '$') continue;
    if (text[at + 1] != '(') {
      at += text[at + 1] == '$' ? 1 : 0;
      continue;
    }
    const auto end = text.find(')', at);
    if (end == std::string_view::npos) return;
    const auto name = text.substr(at + 2, end - at - 2);
    if (!name.empty() && std::ranges::all_of(name, is_name_letter)) use(name);
    at = end;
  }
}

/// Kubernetes adds variables for each Service of the namespace.
bool is_of_a_service(std::string_view name) {
  return name.find("_SERVICE_HOST") != std::string_view::npos || name.find("_SERVICE_PORT") != std::string_view::npos ||
         name.find("_PORT_") != std::string_view::npos;
}

/// The variables that a container takes from whole ConfigMaps and Secrets; nothing when not all are known.
std::optional<Names> taken_names(const Objects& objects, const Object& object, const Node& container) {
  std::optional<Names> names = Names();
  visit(container, "envFrom", [&](const Node& source, const std::string&) {
    const Node* map = source.find("configMapRef");
    const char* kind = map != nullptr ? "ConfigMap" : "Secret";
    if (map == nullptr) map = source.find("secretRef");
    const auto name = map == nullptr ? std::string_view() : map->text_of("name");
    const auto* target = objects.find({{"", kind}, std::string(object.namespace_), std::string(name)});
    if (target == nullptr || !target->keys) return names.reset();
    if (!names) return;
    for (const auto key : *target->keys) names->insert(std::string(source.text_of("prefix")) + std::string(key));
  });
  return names;
}

}  // namespace

void check_variables(const Objects& objects, const Object& object, const Node& container, const std::string& field,
                     Report& report) {
  auto names = taken_names(objects, object, container);
  if (!names) return;
  std::string place = field;
  const auto check = [&](const Node& value, const std::string& at, bool is_command) {
    for_each_name(value.text(), [&](std::string_view name) {
      // A shell runs `$(date)`.
      if (names->contains(name) || is_of_a_service(name) || (is_command && !is_upper(name))) return;
      report.add(kVariable, object, at,
                 "$(" + std::string(name) + ") names no variable that is set before, and stays as it is");
    });
  };
  visit(container, "env", place, [&](const Node& variable, const std::string& at) {
    if (const Node* value = variable.find("value")) check(*value, field_below(at, "value"), false);
    names->emplace(variable.text_of("name"));
  });
  visit(container, "command|args", place, [&](const Node& word, const std::string& at) { check(word, at, true); });
}

}  // namespace reconciler::validate
