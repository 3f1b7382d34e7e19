#pragma once

#include "yaml/node.h"
#include "yaml/scalar.h"

namespace reconciler::kustomize {

/// The reference's words for nodes, which the semantics of patches hang on. A null pointer is an absent node.

/// Absent, or a null.
inline bool is_missing(const yaml::Node* node) { return node == nullptr || node->is_null(); }

/// Absent, a null or a mapping without fields.
inline bool is_empty_mapping(const yaml::Node* node) {
  return is_missing(node) || (node->is_mapping() && node->empty());
}

/// Absent, a null, or a collection that holds nothing.
inline bool is_empty(const yaml::Node* node) { return is_missing(node) || (!node->is_scalar() && node->empty()); }

/// Whether two nodes that are there have different kinds.
inline bool kinds_differ(const yaml::Node* a, const yaml::Node* b) {
  return !is_missing(a) && !is_missing(b) && a->kind() != b->kind();
}

/// "mapping", "list" or "plain value", for messages.
const char* kind_word(const yaml::Node& node);

/// Puts `value` where a field's value stands. A scalar keeps the quotes of the one that it replaces.
void replace_value(yaml::Entry& field, yaml::Node* value);

/// What setting a field does to a scalar without a type: one that YAML 1.1 would read as a number, boolean or null
/// becomes a string.
void settle_type(yaml::Node& value);

}  // namespace reconciler::kustomize
