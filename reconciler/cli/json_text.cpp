#include "cli/json_text.h"

#include <nlohmann/json.hpp>

namespace reconciler::cli {

std::string text_at(const Json& json, const char* pointer) {
  const Json::json_pointer path(pointer);
  if (!json.is_object() || !json.contains(path) || json.at(path).is_null()) return "";
  const auto& value = json.at(path);
  return value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace reconciler::cli
