#pragma once

#include <string_view>

#include "base/result.h"
#include "yaml/node.h"

namespace reconciler::kustomize {

/// Writing into trees with the reference's rules for styles and types (kyaml's FieldSetter and PathGetter).

/// The value becomes `text` with that tag and keeps the style it was written in. With yaml::Tag::kNone, plain text may
/// become a number by that, as in the reference.
/// Errors: kInvalid when the node is a mapping or sequence.
Status set_scalar(yaml::Node& target, std::string_view text, yaml::Tag tag, yaml::Arena& arena);

/// Sets the field of a mapping. An existing value gives its place and style to the new one; a null removes the field.
void set_field(yaml::Node& mapping, std::string_view name, yaml::Node* value, yaml::Arena& arena);

/// The field's value, made of that kind when the field is absent. Null when `parent` is a null and holds nothing.
yaml::Node* find_or_make(yaml::Node& parent, std::string_view name, yaml::NodeKind kind, yaml::Arena& arena);

}  // namespace reconciler::kustomize
