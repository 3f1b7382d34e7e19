#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace reconciler::health {

/// Reads a live object that may hold anything: what is absent or of another type reads as the default.

inline const nlohmann::json* find(const nlohmann::json& object, std::initializer_list<const char*> path) {
  const nlohmann::json* here = &object;
  for (const char* name : path) {
    if (!here->is_object()) return nullptr;
    const auto next = here->find(name);
    if (next == here->end()) return nullptr;
    here = &*next;
  }
  return here;
}

inline std::string text(const nlohmann::json& object, std::initializer_list<const char*> path) {
  const auto* value = find(object, path);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

inline std::int64_t integer(const nlohmann::json& object, std::initializer_list<const char*> path,
                            std::int64_t absent = 0) {
  const auto* value = find(object, path);
  return value != nullptr && value->is_number_integer() ? value->get<std::int64_t>() : absent;
}

inline bool flag(const nlohmann::json& object, std::initializer_list<const char*> path) {
  const auto* value = find(object, path);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

/// The condition of that type in `status.conditions`; null when there is none.
inline const nlohmann::json* condition(const nlohmann::json& object, std::string_view type) {
  const auto* conditions = find(object, {"status", "conditions"});
  if (conditions == nullptr || !conditions->is_array()) return nullptr;
  for (const auto& each : *conditions) {
    if (text(each, {"type"}) == type) return &each;
  }
  return nullptr;
}

inline bool has_condition(const nlohmann::json& object, std::string_view type, std::string_view status) {
  const auto* found = condition(object, type);
  return found != nullptr && text(*found, {"status"}) == status;
}

/// `Reason: message` of a condition or state, or what of the two there is.
inline std::string reasons(const nlohmann::json& state) {
  const auto reason = text(state, {"reason"});
  const auto message = text(state, {"message"});
  return reason.empty() || message.empty() ? reason + message : reason + ": " + message;
}

/// The reasons of a condition, or `Type is Status` when it gives none.
inline std::string words(const nlohmann::json& condition) {
  auto why = reasons(condition);
  return why.empty() ? text(condition, {"type"}) + " is " + text(condition, {"status"}) : why;
}

}  // namespace reconciler::health
