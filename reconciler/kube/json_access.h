#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace reconciler::kube {

/// The text of member `name`, or "" when `object` is no object or has no such text.
inline std::string text_of(const nlohmann::json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// The member `name`, or null.
inline const nlohmann::json& member(const nlohmann::json& object, const char* name) {
  static const nlohmann::json kNull;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() ? *found : kNull;
}

inline int number_of(const nlohmann::json& object, const char* name) {
  const auto& value = member(object, name);
  return value.is_number_integer() ? value.get<int>() : 0;
}

}  // namespace reconciler::kube
