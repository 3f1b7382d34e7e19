#include "object/redact.h"

#include <nlohmann/json.hpp>

namespace reconciler {
namespace {

constexpr const char* kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

bool has_text(const Json& object, const char* field, const char* text) {
  const auto found = object.find(field);
  return found != object.end() && *found == text;
}

bool is_secret(const Json& object) {
  return has_text(object, "kind", "Secret") && has_text(object, "apiVersion", "v1");
}

void hide_values(Json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end()) return;
  if (!found->is_object()) {
    *found = kRedacted;
    return;
  }
  for (auto& value : *found) value = kRedacted;
}

void drop_last_applied(Json& object) {
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object()) return;
  const auto annotations = metadata->find("annotations");
  if (annotations != metadata->end() && annotations->is_object()) annotations->erase(kLastApplied);
}

bool is_below(const std::string& path, const std::string& root) {
  return path.compare(0, root.size(), root) == 0 &&
         (path.size() == root.size() || path[root.size()] == '.' || path[root.size()] == '[');
}

}  // namespace

Json redacted(const Json& object) {
  Json copy = object;
  if (!copy.is_object()) return copy;
  if (is_secret(copy)) {
    hide_values(copy, "data");
    hide_values(copy, "stringData");
  }
  drop_last_applied(copy);
  return copy;
}

bool is_hidden(const GroupKind& type, const std::string& path) {
  return type.group.empty() && type.kind == "Secret" && (is_below(path, "data") || is_below(path, "stringData"));
}

}  // namespace reconciler
