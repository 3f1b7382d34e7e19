#include <string>

#include "base/digest.h"
#include "kustomize/per_resource.h"
#include "kustomize/transformers.h"
#include "yaml/json.h"

namespace reconciler::kustomize {
namespace {

using yaml::Node;

// The reference looks the name of an object up under a wrong path, so that it counts as "".

Result<std::string> field_json(const Node* field) {
  if (field == nullptr) return std::string("\"\"");
  if (!field->is_scalar()) return yaml::to_json(*field, yaml::Html::kEscape);
  std::string json;
  yaml::append_json_string(json, field->text(), yaml::Html::kEscape);
  return json;
}

// Keys in the order of Go's sorted maps.
Result<std::string> json_of_config_map(const Node& object) {
  std::string json = "{";
  const Node* binary = object.find("binaryData");
  if (binary != nullptr && binary->is_mapping()) {
    TRY(const auto text, field_json(binary));
    json += "\"binaryData\":" + text + ",";
  }
  TRY(const auto data, field_json(object.find("data")));
  return json + "\"data\":" + data + ",\"kind\":\"ConfigMap\",\"name\":\"\"}";
}

Result<std::string> json_of_secret(const Node& object) {
  TRY(const auto data, field_json(object.find("data")));
  std::string json = "{\"data\":" + data + ",\"kind\":\"Secret\",\"name\":\"\"";
  const Node* strings = object.find("stringData");
  if (strings != nullptr && strings->is_mapping()) {
    TRY(const auto text, field_json(strings));
    json += ",\"stringData\":" + text;
  }
  TRY(const auto type, field_json(object.find("type")));
  return json + ",\"type\":" + type + "}";
}

// The first ten digits, without those that could be read as a word or a number.
std::string name_suffix(std::string digits) {
  digits.resize(10);
  for (char& c : digits) {
    constexpr std::string_view kFrom = "013ae";
    constexpr std::string_view kTo = "ghkmt";
    if (const auto at = kFrom.find(c); at != std::string_view::npos) c = kTo[at];
  }
  return digits;
}

Status add_hash(Resource& resource, yaml::Arena& arena) {
  const std::string_view kind = resource.kind();
  if (kind != "ConfigMap" && kind != "Secret") {
    return fail(ErrorKind::kInvalid, "only ConfigMaps and Secrets can have a hash in their name");
  }
  TRY(const auto json, kind == "ConfigMap" ? json_of_config_map(*resource.node) : json_of_secret(*resource.node));
  const std::string name = std::string(resource.name()) + "-" + name_suffix(sha256_hex(json));
  resource.remember_id();
  resource.set_name(name, arena);
  return {};
}

}  // namespace

Status add_hashes(ResourceMap& resources, yaml::Arena& arena) {
  const Status done = for_each_resource(resources.all(), [&](Resource& resource) -> Status {
    if (!resource.needs_hash) return {};
    return add_hash(resource, arena);
  });
  resources.ids_changed();
  return done;
}

}  // namespace reconciler::kustomize
