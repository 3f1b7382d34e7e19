#include <string>
#include <vector>

#include "kustomize/transformer_config.h"

namespace reconciler::kustomize {
namespace {

using yaml::Node;

// References between definitions may go deep or in a circle; the reference would never end there.
constexpr std::size_t kDeepestReference = 64;

const Node* properties_of(const Node& definition) { return definition.find_path({"Schema", "properties"}); }

bool looks_like_an_object(const Node& definition) {
  const Node* properties = properties_of(definition);
  return properties != nullptr && properties->find("kind") && properties->find("apiVersion") &&
         properties->find("metadata");
}

const Node* text_at(const Node& property, std::string_view extension) {
  const Node* value = property.find(extension);
  return value != nullptr && value->is_scalar() && !value->is_null() ? value : nullptr;
}

// Reads what the properties of one type say, and of the types that it refers to.
class Reader {
 public:
  Reader(const Node& definitions, const Gvk& type, TransformerConfig& into, yaml::Arena& arena)
      : definitions_(definitions), type_(type), into_(into), arena_(arena) {}

  Status read(std::string_view name, const std::string& path, std::size_t depth) {
    const Node* definition = definitions_.find(name);
    const Node* properties = definition == nullptr ? nullptr : properties_of(*definition);
    if (properties == nullptr) return {};
    if (depth > kDeepestReference) return fail(ErrorKind::kInvalid, "the definitions refer to each other in a circle");
    for (const auto& entry : properties->entries()) {
      const std::string below = (path.empty() ? "" : path + "/") + std::string(entry.key->text());
      TRY_VOID(read_property(*entry.value, below));
      const Node* reference = entry.value->find("$ref");
      if (reference != nullptr) TRY_VOID(read(reference->text(), below, depth + 1));
    }
    return {};
  }

 private:
  FieldSpec spec(const std::string& path) { return make_field_spec(type_, arena_.copy(path), false, arena_); }

  Status read_property(const Node& property, const std::string& path) {
    if (text_at(property, "x-kubernetes-annotation")) TRY_VOID(merge_field_spec(into_.common_annotations, spec(path)));
    if (text_at(property, "x-kubernetes-label-selector")) TRY_VOID(merge_field_spec(into_.common_labels, spec(path)));
    if (text_at(property, "x-kubernetes-identity")) TRY_VOID(merge_field_spec(into_.name_prefix, spec(path)));
    const Node* version = text_at(property, "x-kubernetes-object-ref-api-version");
    const Node* kind = text_at(property, "x-kubernetes-object-ref-kind");
    if (version == nullptr || kind == nullptr) return {};
    const Node* key = text_at(property, "x-kubernetes-object-ref-name-key");
    const std::string name = path + "/" + std::string(key == nullptr ? "name" : key->text());
    return add_name_reference(into_.name_references, {{"", version->text(), kind->text()}, {spec(name)}});
  }

  const Node& definitions_;
  Gvk type_;
  TransformerConfig& into_;
  yaml::Arena& arena_;
};

void check_schema(Decoder& decoder, const Node* schema) {
  if (schema == nullptr || schema->is_null()) return;
  if (!schema->is_mapping()) return decoder.wrong(*schema, "expected a schema");
  const Node* properties = schema->find("properties");
  if (properties == nullptr || properties->is_null()) return;
  if (!properties->is_mapping()) return decoder.wrong(*properties, "expected schemas by name");
  for (const auto& property : properties->entries()) check_schema(decoder, property.value);
}

void check_definitions(Decoder& decoder, const Node& document) {
  if (!document.is_mapping()) return decoder.wrong(document, "expected definitions by name");
  for (const auto& [name, definition] : document.entries()) {
    if (definition->is_null()) continue;
    if (!definition->is_mapping())
      return decoder.wrong(*definition,
                           "expected a definition that has a 'Schema', as in a server's OpenAPI (the "
                           "manifest of a CustomResourceDefinition goes to 'resources')");
    check_schema(decoder, definition->find("Schema"));
  }
}

}  // namespace

Result<TransformerConfig> config_of_crds(Decoder& decoder, const Node& document) {
  check_definitions(decoder, document);
  TRY_VOID(decoder.status());
  TransformerConfig config;
  for (const auto& entry : document.entries()) {
    if (!looks_like_an_object(*entry.value)) continue;
    const std::string_view name = entry.key->text();
    const Gvk type{"", "", name.substr(name.rfind('.') + 1)};
    TRY_VOID(Reader(document, type, config, decoder.arena()).read(name, "", 0));
  }
  return config;
}

}  // namespace reconciler::kustomize
