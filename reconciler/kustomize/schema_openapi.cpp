#include <algorithm>
#include <unordered_map>

#include "kustomize/schema_builder.h"
#include "yaml/json.h"

namespace reconciler::kustomize {
namespace {

constexpr std::string_view kReferenceStart = "#/";
constexpr std::string_view kDefinitionStart = "#/definitions/";
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

/// Definitions that are there already, and whether they win over those of the document that is read.
struct Known {
  const Schema* schema = nullptr;
  bool wins = true;
};

/// Reads schemas of a document. References lead into the document or to definitions that are known already.
class OpenApiReader {
 public:
  OpenApiReader(const yaml::Node& document, SchemaBuilder& builder, Known known)
      : document_(document), builder_(builder), known_(known) {}

  void read_definitions() {
    const auto* definitions = document_.find("definitions");
    if (definitions == nullptr) return;
    for (const auto& [name, definition] : definitions->entries()) {
      const auto* type = read(definition);
      if (type == nullptr) continue;
      builder_.add_definition(name->text(), type);
      add_types(*definition, type);
    }
  }

  /// The schema that stands at `node`, references followed; null when there is none. Recursion ends at the depth of the
  /// document: what is under way or done is in `read_`.
  const FieldSchema* read(const yaml::Node* node) {
    for (int hops = 0; node != nullptr && hops < kMaxReferences; ++hops) {
      const auto reference = node->text_of("$ref");
      if (reference.empty()) return read_here(*node);
      node = at(reference);
      const auto* definition = node == nullptr || known_.wins ? known_definition(reference) : nullptr;
      if (definition != nullptr) return definition;
    }
    return nullptr;
  }

 private:
  const FieldSchema* read_here(const yaml::Node& node) {
    if (!node.is_mapping()) return nullptr;
    if (const auto at = read_.find(&node); at != read_.end()) return at->second;
    auto& schema = builder_.make();
    read_.emplace(&node, &schema);
    fill(schema, node);
    return &schema;
  }

  void add_types(const yaml::Node& definition, const FieldSchema* schema) {
    const auto* types = definition.find("x-kubernetes-group-version-kind");
    if (types == nullptr) return;
    for (const auto* type : types->items()) {
      const auto group = type->text_of("group");
      const auto version = type->text_of("version");
      const auto api_version = group.empty() ? std::string(version) : std::string(group) + "/" + std::string(version);
      builder_.add_type(api_version, type->text_of("kind"), schema);
    }
  }

  void fill(FieldSchema& schema, const yaml::Node& node) {
    if (const auto* properties = node.find("properties")) {
      for (const auto& [name, property] : properties->entries()) {
        if (const auto* field = read(property)) SchemaBuilder::add_field(schema, name->text(), field);
      }
    }
    SchemaBuilder::set_other_fields(schema, read(node.find("additionalProperties")));
    if (words(node.find("type")) == std::vector<std::string>{"array"}) {
      SchemaBuilder::set_items(schema, read(node.find("items")));
    }
    if (merges(node)) SchemaBuilder::set_merge(schema, merge_keys(node));
  }

  const FieldSchema* known_definition(std::string_view reference) const {
    if (known_.schema == nullptr || !reference.starts_with(kDefinitionStart)) return nullptr;
    return known_.schema->definition(unescape(reference.substr(kDefinitionStart.size())));
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
  SchemaBuilder& builder_;
  Known known_;
  std::unordered_map<const yaml::Node*, const FieldSchema*> read_;
};

}  // namespace

Result<Schema> Schema::from_openapi(const yaml::Node& document, BuiltIn built_in) {
  if (!document.is_mapping()) return fail(ErrorKind::kInvalid, "an OpenAPI document is a mapping with `definitions`");
  if (const auto* definitions = document.find("definitions"); definitions != nullptr && !definitions->is_mapping()) {
    return fail(ErrorKind::kInvalid, "`definitions` of an OpenAPI document is a mapping of names to schemas");
  }
  SchemaBuilder builder;
  if (built_in == BuiltIn::kBelow) add_built_in(builder);
  const Known known{built_in == BuiltIn::kForget ? nullptr : &Schema::built_in(), built_in == BuiltIn::kAbove};
  OpenApiReader(document, builder, known).read_definitions();
  if (built_in == BuiltIn::kAbove) add_built_in(builder);
  return std::move(builder).finish();
}

std::unique_ptr<const CommentSchema> CommentSchema::read(std::string_view json, const Schema& schema) {
  yaml::Arena arena;
  const auto root = yaml::from_json(json, arena);
  if (!root || !(*root)->is_mapping() || (*root)->empty()) return nullptr;
  SchemaBuilder builder;
  OpenApiReader reader(**root, builder, {&schema, true});
  const auto* field = reader.read(*root);
  // A reference that leads nowhere is a schema too: one of which nothing is known.
  if (field == nullptr) field = &builder.make();
  return std::unique_ptr<const CommentSchema>(new CommentSchema(std::move(builder).finish(), field));
}

}  // namespace reconciler::kustomize
