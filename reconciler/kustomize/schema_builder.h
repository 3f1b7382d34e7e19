#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kustomize/schema.h"

namespace reconciler::kustomize {

/// Makes a Schema: the only one who may change one. Fields are added in any order, each name once a type.
class SchemaBuilder {
 public:
  /// A field of which nothing is known yet. It stays where it is, and belongs to the schema that is being made.
  FieldSchema& make() { return schema_.storage_.emplace_back(); }

  static void add_field(FieldSchema& type, std::string_view name, const FieldSchema* field) {
    type.fields_.emplace_back(name, field);
  }
  static void set_other_fields(FieldSchema& type, const FieldSchema* field) { type.other_fields_ = field; }
  static void set_items(FieldSchema& list, const FieldSchema* items) { list.items_ = items; }
  static void set_merge(FieldSchema& list, std::vector<std::string> keys) {
    list.merges_ = true;
    list.merge_keys_ = std::move(keys);
  }

  /// The later of two of the same name counts.
  void add_type(std::string_view api_version, std::string_view kind, const FieldSchema* type) {
    schema_.types_[std::string(api_version)].insert_or_assign(std::string(kind), type);
  }
  void add_definition(std::string_view name, const FieldSchema* type) {
    schema_.definitions_.insert_or_assign(std::string(name), type);
  }
  const FieldSchema* definition(std::string_view name) const { return schema_.definition(name); }

  Schema finish() &&;

 private:
  Schema schema_;
};

/// Adds the built-in types and definitions.
void add_built_in(SchemaBuilder& builder);

}  // namespace reconciler::kustomize
