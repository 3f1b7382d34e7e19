#include "sync/schema_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <string_view>

#include <nlohmann/json.hpp>
#include <re2/re2.h>

#include "health/json_view.h"
#include "object/key.h"

namespace reconciler::sync {
namespace {

using health::find;
using health::flag;
using health::text;

/// What every object has, whether its schema says so or not.
constexpr std::array<std::string_view, 3> kOfEveryObject{"apiVersion", "kind", "metadata"};

std::string below(const std::string& path, const std::string& field) {
  return path.empty() ? field : path + "." + field;
}

/// The number of characters of a UTF-8 text.
std::size_t length_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_integral(const Json& value) {
  return value.is_number_integer() || (value.is_number() && std::floor(value.get<double>()) == value.get<double>());
}

bool has_type(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return is_integral(value);
  if (type == "number") return value.is_number();
  return true;
}

/// As far as binary numbers tell: 0.3 is a multiple of 0.1.
bool is_multiple(double value, double step) {
  const double times = value / step;
  return std::abs(times - std::round(times)) < 1e-9;
}

std::optional<double> number_in(const Json& schema, const char* name) {
  const Json* value = find(schema, {name});
  return value != nullptr && value->is_number() ? std::optional(value->get<double>()) : std::nullopt;
}

std::string shown(double number) {
  return std::floor(number) == number ? std::to_string(static_cast<long long>(number)) : Json(number).dump();
}

class Checker {
 public:
  std::vector<Cause> check(const Json& object, const Json& schema) {
    check_value(object, schema, "", true);
    return std::move(causes_);
  }

 private:
  /// `is_structure`: whether unknown fields are to be told; the branches of a combination only bound values.
  void check_value(const Json& value, const Json& schema, const std::string& path, bool is_structure) {
    if (value.is_null()) return check_null(schema, path);
    if (flag(schema, {"x-kubernetes-int-or-string"})) {
      if (!is_integral(value) && !value.is_string()) refuse(path, "must be an integer or a string");
    } else if (const auto type = text(schema, {"type"}); !has_type(value, type)) {
      return refuse(path, "must be of type " + type + ", and is " + value.type_name());
    }
    check_enum(value, schema, path);
    if (value.is_string()) check_string(value.get_ref<const std::string&>(), schema, path);
    if (value.is_number()) check_number(value.get<double>(), schema, path);
    if (value.is_array()) check_array(value, schema, path, is_structure);
    if (value.is_object()) check_object(value, schema, path, is_structure);
    check_combinations(value, schema, path);
  }

  void check_null(const Json& schema, const std::string& path) {
    if (!flag(schema, {"nullable"}) && !schema.contains("default")) refuse(path, "must not be null");
  }

  void check_enum(const Json& value, const Json& schema, const std::string& path) {
    const Json* allowed = find(schema, {"enum"});
    if (allowed == nullptr || std::find(allowed->begin(), allowed->end(), value) != allowed->end()) return;
    refuse(path, "must be one of " + allowed->dump());
  }

  void check_string(const std::string& value, const Json& schema, const std::string& path) {
    const auto length = static_cast<double>(length_of(value));
    check_bounds(length, number_in(schema, "minLength"), number_in(schema, "maxLength"), "characters", path);
    const auto pattern = text(schema, {"pattern"});
    if (pattern.empty()) return;
    const re2::RE2 expression(pattern, re2::RE2::Quiet);
    if (expression.ok() && !re2::RE2::PartialMatch(value, expression)) refuse(path, "must match " + pattern);
  }

  void check_bounds(double count, std::optional<double> least, std::optional<double> most, const char* what,
                    const std::string& path) {
    if (least && count < *least) refuse(path, "must have at least " + shown(*least) + " " + what);
    if (most && count > *most) refuse(path, "must have at most " + shown(*most) + " " + what);
  }

  void check_number(double value, const Json& schema, const std::string& path) {
    const auto least = number_in(schema, "minimum");
    const auto most = number_in(schema, "maximum");
    const auto step = number_in(schema, "multipleOf");
    const bool above = flag(schema, {"exclusiveMinimum"});
    const bool under = flag(schema, {"exclusiveMaximum"});
    if (least && (value < *least || (above && value == *least))) {
      refuse(path, (above ? "must be greater than " : "must be at least ") + shown(*least));
    }
    if (most && (value > *most || (under && value == *most))) {
      refuse(path, (under ? "must be less than " : "must be at most ") + shown(*most));
    }
    if (step && !is_multiple(value, *step)) refuse(path, "must be a multiple of " + shown(*step));
  }

  void check_array(const Json& value, const Json& schema, const std::string& path, bool is_structure) {
    const auto count = static_cast<double>(value.size());
    check_bounds(count, number_in(schema, "minItems"), number_in(schema, "maxItems"), "items", path);
    check_list_keys(value, schema, path);
    const Json* items = find(schema, {"items"});
    if (items == nullptr) return;
    for (std::size_t i = 0; i < value.size(); ++i) {
      check_value(value[i], *items, path + "[" + std::to_string(i) + "]", is_structure);
    }
  }

  /// A list that is a map or a set holds no key twice.
  void check_list_keys(const Json& value, const Json& schema, const std::string& path) {
    const auto type = text(schema, {"x-kubernetes-list-type"});
    if (type != "map" && type != "set") return;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < value.size(); ++i) {
      Json key = value[i];
      if (type == "map") {
        key = Json::object();
        for (const auto& name : schema.value("x-kubernetes-list-map-keys", Json::array())) {
          const Json* part = find(value[i], {name.get_ref<const std::string&>().c_str()});
          key[name.get<std::string>()] = part == nullptr ? Json() : *part;
        }
      }
      if (!seen.insert(key.dump()).second)
        refuse(path + "[" + std::to_string(i) + "]", "is there twice: " + key.dump());
    }
  }

  void check_object(const Json& value, const Json& schema, const std::string& path, bool is_structure) {
    const auto count = static_cast<double>(value.size());
    check_bounds(count, number_in(schema, "minProperties"), number_in(schema, "maxProperties"), "fields", path);
    check_required(value, schema, path);
    const bool is_whole = path.empty() || flag(schema, {"x-kubernetes-embedded-resource"});
    for (const auto& [name, field] : value.items()) {
      const bool is_common = is_whole && std::count(kOfEveryObject.begin(), kOfEveryObject.end(), name) != 0;
      if (is_common) continue;
      check_field(name, field, schema, path, is_structure);
    }
  }

  void check_field(const std::string& name, const Json& field, const Json& schema, const std::string& path,
                   bool is_structure) {
    if (const Json* known = find(schema, {"properties", name.c_str()})) {
      return check_value(field, *known, below(path, name), is_structure);
    }
    const Json* more = find(schema, {"additionalProperties"});
    if (more != nullptr && more->is_object()) return check_value(field, *more, below(path, name), is_structure);
    const bool is_free = (more != nullptr && more->is_boolean() && more->get<bool>()) ||
                         flag(schema, {"x-kubernetes-preserve-unknown-fields"});
    if (is_structure && !is_free) refuse(below(path, name), "is no field that the definition knows");
  }

  void check_required(const Json& value, const Json& schema, const std::string& path) {
    const Json* required = find(schema, {"required"});
    if (required == nullptr || !required->is_array()) return;
    for (const Json& each : *required) {
      const auto name = each.get<std::string>();
      const bool is_default = find(schema, {"properties", name.c_str(), "default"}) != nullptr;
      if (!value.contains(name) && !is_default) refuse(below(path, name), "is required");
    }
  }

  void check_combinations(const Json& value, const Json& schema, const std::string& path) {
    if (const Json* all = find(schema, {"allOf"})) {
      for (const Json& each : *all) check_value(value, each, path, false);
    }
    if (const Json* any = find(schema, {"anyOf"}); any != nullptr && count_fits(value, *any, path) == 0) {
      refuse(path, "fits none of the forms that the definition allows (anyOf)");
    }
    if (const Json* one = find(schema, {"oneOf"}); one != nullptr && count_fits(value, *one, path) != 1) {
      refuse(path, "must fit exactly one of the forms that the definition allows (oneOf)");
    }
    if (const Json* none = find(schema, {"not"}); none != nullptr && fits(value, *none, path)) {
      refuse(path, "has a form that the definition excludes (not)");
    }
  }

  static bool fits(const Json& value, const Json& schema, const std::string& path) {
    Checker branch;
    branch.check_value(value, schema, path, false);
    return branch.causes_.empty();
  }

  static std::size_t count_fits(const Json& value, const Json& schemas, const std::string& path) {
    return static_cast<std::size_t>(
        std::count_if(schemas.begin(), schemas.end(), [&](const Json& schema) { return fits(value, schema, path); }));
  }

  void refuse(const std::string& path, std::string message) { causes_.push_back({"", path, std::move(message)}); }

  std::vector<Cause> causes_;
};

}  // namespace

std::vector<Cause> check_schema(const Json& object, const Json& definition) {
  const auto api_version = text(object, {"apiVersion"});
  const std::string version(version_of(api_version));
  const Json* versions = find(definition, {"spec", "versions"});
  if (versions == nullptr || !versions->is_array()) return {};
  for (const Json& each : *versions) {
    const Json* served = find(each, {"served"});
    const bool is_served = served == nullptr || !served->is_boolean() || served->get<bool>();
    if (text(each, {"name"}) != version || !is_served) continue;
    const Json* schema = find(each, {"schema", "openAPIV3Schema"});
    return schema == nullptr ? std::vector<Cause>() : Checker().check(object, *schema);
  }
  return {{"", "apiVersion", "the definition does not serve version " + version}};
}

}  // namespace reconciler::sync
