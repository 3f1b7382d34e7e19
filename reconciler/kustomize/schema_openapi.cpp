#include <algorithm>
#include <unordered_map>

#include "kustomize/schema_builder.h"

namespace reconciler::kustomize {
namespace {

constexpr std::string_view kReferenceStart = "#/";
constexpr int kMaxReferences = 64;

/// One step of a JSON pointer without its escapes (RFC 6901).
std::string unescape(std::string_view step) {
  std::string name;
  for (std::size_t i = 0; i < step.size(); ++i) {
    const auto escape = step.substr(i, 2);
    name += escape == "~1" ? '/' : escape == "~0" ? '~' : step[i];
    if (escape == "~1" || escape == "~0") ++i;
  }
  return name;
}

/// The words of a field that holds one word or a list of words.
std::vector<std::string> words(const yaml::Node* node) {
  std::vector<std::string> result;
  if (node == nullptr) return result;
  if (node->is_scalar()) result.emplace_back(node->text());
  for (const auto* item : node->items()) result.emplace_back(item->text());
  return result;
}

bool merges(const yaml::Node& schema) {
  auto strategy = schema.text_of("x-kubernetes-patch-strategy");
  while (!strategy.empty()) {
    const auto end = std::min(strategy.find(','), strategy.size());
    if (strategy.substr(0, end) == "merge") return true;
    strategy.remove_prefix(std::min(end + 1, strategy.size()));
  }
  return false;
}

/// Several keys count before the single one, as in the reference.
std::vector<std::string> merge_keys(const yaml::Node& schema) {
  if (const auto* several = schema.find("x-kubernetes-list-map-keys")) return words(several);
  return words(schema.find("x-kubernetes-patch-merge-key"));
}

class OpenApiReader {
 public:
  explicit OpenApiReader(const yaml::Node& document) : document_(document) {}

  Schema read() && {
    if (const auto* definitions = document_.find("definitions")) {
      for (const auto& [name, definition] : definitions->entries()) add_definition(*definition);
    }
    return std::move(builder_).finish();
  }

 private:
  void add_definition(const yaml::Node& definition) {
    const auto* types = definition.find("x-kubernetes-group-version-kind");
    if (types == nullptr) return;
    for (const auto* type : types->items()) {
      const auto group = type->text_of("group");
      const auto version = type->text_of("version");
      const auto api_version = group.empty() ? std::string(version) : std::string(group) + "/" + std::string(version);
      builder_.add_type(api_version, type->text_of("kind"), schema_of(&definition));
    }
  }

  /// The schema that stands at `node`, references followed; null when there is none. Recursion ends at the depth of the
  /// document: what is under way or done is in `known_`.
  const FieldSchema* schema_of(const yaml::Node* node) {
    node = follow(node);
    if (node == nullptr || !node->is_mapping()) return nullptr;
    if (const auto at = known_.find(node); at != known_.end()) return at->second;
    auto& schema = builder_.make();
    known_.emplace(node, &schema);
    fill(schema, *node);
    return &schema;
  }

  void fill(FieldSchema& schema, const yaml::Node& node) {
    if (const auto* properties = node.find("properties")) {
      for (const auto& [name, property] : properties->entries()) {
        if (const auto* field = schema_of(property)) SchemaBuilder::add_field(schema, name->text(), field);
      }
    }
    SchemaBuilder::set_other_fields(schema, schema_of(node.find("additionalProperties")));
    if (words(node.find("type")) == std::vector<std::string>{"array"}) {
      SchemaBuilder::set_items(schema, schema_of(node.find("items")));
    }
    if (merges(node)) SchemaBuilder::set_merge(schema, merge_keys(node));
  }

  /// Where a chain of references ends; null for one that leads nowhere or in a circle.
  const yaml::Node* follow(const yaml::Node* node) const {
    for (int hops = 0; node != nullptr && hops < kMaxReferences; ++hops) {
      const auto reference = node->text_of("$ref");
      if (reference.empty()) return node;
      node = at(reference);
    }
    return nullptr;
  }

  const yaml::Node* at(std::string_view reference) const {
    if (!reference.starts_with(kReferenceStart)) return nullptr;
    reference.remove_prefix(kReferenceStart.size());
    const yaml::Node* node = &document_;
    while (node != nullptr && !reference.empty()) {
      const auto end = std::min(reference.find('/'), reference.size());
      node = node->find(unescape(reference.substr(0, end)));
      reference.remove_prefix(std::min(end + 1, reference.size()));
    }
    return node;
  }

  const yaml::Node& document_;
  SchemaBuilder builder_;
  std::unordered_map<const yaml::Node*, const FieldSchema*> known_;
};

}  // namespace

Result<Schema> Schema::from_openapi(const yaml::Node& document) {
  if (!document.is_mapping()) return fail(ErrorKind::kInvalid, "an OpenAPI document is a mapping with `definitions`");
  if (const auto* definitions = document.find("definitions"); definitions != nullptr && !definitions->is_mapping()) {
    return fail(ErrorKind::kInvalid, "`definitions` of an OpenAPI document is a mapping of names to schemas");
  }
  return OpenApiReader(document).read();
}

}  // namespace reconciler::kustomize
