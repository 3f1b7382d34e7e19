#include "sync/apply_set.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "sync/desired.h"

namespace reconciler::sync {
namespace {

std::string joined(const std::set<std::string>& texts) {
  std::string list;
  for (const auto& text : texts) list += (list.empty() ? "" : ",") + text;
  return list;
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> texts;
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (const auto text = list.substr(0, comma); !text.empty()) texts.emplace_back(text);
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
  return texts;
}

}  // namespace

std::string apply_set_id(const ObjectKey& parent) {
  const auto text = parent.name + "." + parent.namespace_ + "." + parent.type.kind + "." + parent.type.group;
  return "applyset-" + base64_url(sha256(text)) + "-v1";
}

void ApplySetScope::include(const ObjectKey& key) {
  kinds.insert(key.type);
  if (!key.namespace_.empty()) namespaces.insert(key.namespace_);
}

void ApplySetScope::include(const ApplySetScope& other) {
  kinds.insert(other.kinds.begin(), other.kinds.end());
  namespaces.insert(other.namespaces.begin(), other.namespaces.end());
}

bool ApplySetScope::stands_on(const ObjectKey& key) const {
  if (is_namespace(key.type)) return namespaces.count(key.name) != 0;
  if (!is_definition(key.type)) return false;
  const auto group = key.name.substr(key.name.find('.') + 1);
  return std::any_of(kinds.begin(), kinds.end(), [&](const GroupKind& type) { return type.group == group; });
}

std::string kinds_text(const ApplySetScope& scope) {
  std::set<std::string> texts;
  for (const auto& type : scope.kinds) texts.insert(type.text());
  return joined(texts);
}

std::string namespaces_text(const ApplySetScope& scope) { return joined(scope.namespaces); }

ApplySetScope parse_scope(const std::string& kinds, const std::string& namespaces) {
  ApplySetScope scope;
  for (const auto& text : split(kinds)) {
    const auto dot = text.find('.');
    scope.kinds.insert({dot == std::string::npos ? "" : text.substr(dot + 1), text.substr(0, dot)});
  }
  for (auto& text : split(namespaces)) scope.namespaces.insert(std::move(text));
  return scope;
}

}  // namespace reconciler::sync
