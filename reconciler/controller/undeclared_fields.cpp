#include "controller/undeclared_fields.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace reconciler::controller {
namespace {

/// Source: sigs.k8s.io/structured-merge-diff, typed/validate.go.
constexpr const char* kNotDeclared = "field not declared in schema";

bool is_undeclared(const Cause& cause) { return cause.message.find(kNotDeclared) != std::string::npos; }

/// `status.hooks[0].set` is `status.hooks.set` of each.
std::string without_indexes(std::string path) {
  for (auto open = path.find('['); open != std::string::npos; open = path.find('[')) {
    const auto close = path.find(']', open);
    path.erase(open, close == std::string::npos ? close : close - open + 1);
  }
  return path;
}

void leave_out(Json& value, const std::string& path) {
  if (value.is_array()) {
    for (Json& item : value) leave_out(item, path);
  } else if (value.is_object()) {
    const auto dot = path.find('.');
    if (dot == std::string::npos) {
      value.erase(path);
    } else if (const auto field = value.find(path.substr(0, dot)); field != value.end()) {
      leave_out(*field, path.substr(dot + 1));
    }
  }
}

}  // namespace

bool UndeclaredFields::learn(const Error& refusal) {
  const auto& causes = refusal.causes;
  if (causes.empty() || !std::all_of(causes.begin(), causes.end(), is_undeclared)) return false;
  const auto known = fields_.size();
  for (const auto& cause : causes) fields_.insert(without_indexes(cause.field));
  return fields_.size() > known;
}

void UndeclaredFields::leave_out_of(Json& object) const {
  for (const auto& field : fields_) leave_out(object, field);
}

std::string UndeclaredFields::text() const {
  std::string text;
  for (const auto& field : fields_) text += (text.empty() ? "" : ", ") + field;
  return text;
}

}  // namespace reconciler::controller
