#include "health/table.h"

#include <algorithm>
#include <charconv>

#include "health/json_view.h"
#include "health/short_text.h"

namespace reconciler::health {
namespace {

/// A value, and the object that it is a field of, whose `reason` and `message` explain it.
struct Found {
  const Json* value = nullptr;
  const Json* beside = nullptr;
};

std::string unescaped(std::string_view part) {
  std::string text;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const bool is_escape = part[i] == '~' && i + 1 < part.size() && (part[i + 1] == '0' || part[i + 1] == '1');
    text += is_escape ? (part[++i] == '0' ? '~' : '/') : part[i];
  }
  return text;
}

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    parts.push_back(unescaped(path.substr(0, end)));
    path.remove_prefix(end);
  }
  return parts;
}

bool is_named(const Json& element, const std::string& name) {
  return text(element, {"type"}) == name || text(element, {"name"}) == name;
}

bool is_index(const std::string& part, std::size_t index) {
  std::size_t number = 0;
  const auto* end = part.data() + part.size();
  const auto [rest, error] = std::from_chars(part.data(), end, number);
  return error == std::errc() && rest == end && number == index;
}

void collect(const Json& here, std::span<const std::string> parts, const Json& beside, std::vector<Found>& found) {
  if (parts.empty()) return found.push_back({&here, &beside});
  if (here.is_array()) {
    for (std::size_t i = 0; i < here.size(); ++i) {
      const Json& element = here[i];
      if (parts.front() == "*" || is_index(parts.front(), i) || is_named(element, parts.front())) {
        collect(element, parts.subspan(1), here, found);
      }
    }
  } else if (here.is_object()) {
    const auto next = here.find(parts.front());
    if (next != here.end()) collect(*next, parts.subspan(1), here, found);
  }
}

std::vector<Found> values_at(const Json& live, const std::string& path) {
  std::vector<Found> found;
  const auto parts = parts_of(path);
  collect(live, parts, live, found);
  return found;
}

/// Nothing for what is no scalar.
std::optional<std::string> scalar(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean() || value.is_number()) return value.dump();
  return std::nullopt;
}

std::optional<HealthStatus> meaning(const HealthRule& rule, const std::string& value) {
  std::optional<HealthStatus> of_any;
  for (const auto& [status, values] : rule.values) {
    for (const auto& listed : values) {
      if (listed == value) return status;
      if (listed == "*") of_any = status;
    }
  }
  return of_any;
}

/// `status.phase` of "/status/phase": how people write it.
std::string spoken(const std::string& path) {
  std::string text;
  for (const auto& part : parts_of(path)) text += (text.empty() ? "" : ".") + part;
  return text;
}

std::string explanation(const HealthRule& rule, const Json& live, const Found& found, const std::string& value) {
  if (!rule.message.empty()) {
    for (const auto& told : values_at(live, rule.message)) {
      if (auto words = scalar(*told.value); words && !words->empty()) return shortened(*std::move(words));
    }
  }
  auto why = reasons(*found.beside);
  return shortened(why.empty() ? spoken(rule.path) + " is " + value : std::move(why));
}

/// What the rule says; nothing when it lists none of the values.
std::optional<Health> verdict(const HealthRule& rule, const Json& live) {
  std::optional<Health> worst;
  for (const auto& found : values_at(live, rule.path)) {
    const auto value = scalar(*found.value);
    const auto status = value ? meaning(rule, *value) : std::nullopt;
    if (!status || (worst && *status <= worst->status)) continue;
    worst = Health{*status, *status == HealthStatus::kHealthy ? "" : explanation(rule, live, found, *value)};
  }
  return worst;
}

Health undecided(const HealthRule& rule, const Json& live) {
  for (const auto& found : values_at(live, rule.path)) {
    if (const auto value = scalar(*found.value)) {
      return {HealthStatus::kProgressing, explanation(rule, live, found, *value)};
    }
  }
  return {HealthStatus::kProgressing, "has no " + spoken(rule.path) + " yet"};
}

}  // namespace

bool HealthRule::concerns(const GroupKind& kind) const {
  return type.group == kind.group && (type.kind == "*" || type.kind == kind.kind);
}

std::optional<Health> assess_by_rules(std::span<const HealthRule> rules, const GroupKind& type, const Json& live) {
  const HealthRule* says_healthy = nullptr;
  for (const auto& rule : rules) {
    if (!rule.concerns(type)) continue;
    if (auto health = verdict(rule, live)) return health;
    if (says_healthy == nullptr && rule.values.count(HealthStatus::kHealthy) != 0) says_healthy = &rule;
  }
  return says_healthy == nullptr ? std::nullopt : std::optional(undecided(*says_healthy, live));
}

bool is_rule_path(const std::string& text) {
  return text.size() > 1 && text.front() == '/' && text.back() != '/' && text.find("//") == std::string::npos;
}

}  // namespace reconciler::health
