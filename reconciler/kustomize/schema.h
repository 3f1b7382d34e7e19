#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "yaml/node.h"

namespace reconciler::kustomize {

/// What a strategic merge has to know of one field: the fields below it, and whether it is a list that merges.
/// Immutable; belongs to its Schema.
class FieldSchema {
 public:
  /// The schema of a field of this mapping; null when nothing is known of it.
  const FieldSchema* field(std::string_view name) const;
  /// The schema of the items of this list; null when nothing is known of them.
  const FieldSchema* items() const { return items_; }
  /// Whether this is a list whose items are merged, not replaced as a whole.
  bool merges() const { return merges_; }
  /// The fields that identify an item of a list that merges; none for a list of plain values (finalizers).
  std::span<const std::string> merge_keys() const { return merge_keys_; }

 private:
  friend class SchemaBuilder;

  std::vector<std::pair<std::string, const FieldSchema*>> fields_;  ///< Sorted by name.
  const FieldSchema* other_fields_ = nullptr;                       ///< Of every field that is not in `fields_`.
  const FieldSchema* items_ = nullptr;
  bool merges_ = false;
  std::vector<std::string> merge_keys_;
};

/// The types of objects with their lists that merge. Immutable once made; thread-safe.
class Schema {
 public:
  Schema(Schema&&) noexcept = default;
  Schema& operator=(Schema&&) noexcept = default;

  /// The types of Kubernetes that kustomize 5.8 has built in (the OpenAPI document of Kubernetes 1.21.2).
  static const Schema& built_in();

  /// What becomes of the built-in types beside those of a document.
  enum class BuiltIn {
    kForget,
    kBelow,  ///< They stay; the document's definitions win over those of the same name.
    kAbove,  ///< They stay, and win.
  };
  /// The types of an OpenAPI document (version 2, `definitions`), as the field `openapi.path` of a kustomization names
  /// it. Errors: kInvalid for a document without the form of one.
  static Result<Schema> from_openapi(const yaml::Node& document, BuiltIn built_in = BuiltIn::kForget);

  /// The schema of a type; null for one that is not known (a custom resource).
  const FieldSchema* find(std::string_view api_version, std::string_view kind) const;

  /// The definition of that name (`io.k8s.api.core.v1.Container`), as references name it; null when there is none.
  const FieldSchema* definition(std::string_view name) const;

 private:
  friend class SchemaBuilder;
  Schema() = default;

  std::deque<FieldSchema> storage_;
  using Kinds = std::map<std::string, const FieldSchema*, std::less<>>;
  std::map<std::string, Kinds, std::less<>> types_;  ///< By API version, then kind.
  Kinds definitions_;
};

/// A field's schema that a file gives itself, in a comment behind a key: `containers: # {"type":"array",…}`. References
/// in it are resolved by the schema, which must outlive it.
class CommentSchema {
 public:
  /// Null when the comment is no JSON object, or an empty one.
  static std::unique_ptr<const CommentSchema> read(std::string_view json, const Schema& schema);
  const FieldSchema& field() const { return *field_; }

 private:
  CommentSchema(Schema parts, const FieldSchema* field) : parts_(std::move(parts)), field_(field) {}

  Schema parts_;
  const FieldSchema* field_;
};

}  // namespace reconciler::kustomize
