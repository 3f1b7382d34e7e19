#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "yaml/node.h"

namespace reconciler::kustomize {

/// The field paths of replacements and vars: `spec.template.spec.containers.[name=web].env.0`, as the reference reads
/// them. Steps are separated by dots; `\.` is a dot in a step, and `[a.b/c]` is one step, whose brackets go unless it
/// selects items.
///   name     the field of a mapping
///   0        an item of a list by its index
///   -        the last item (look_up only)
///   [k=v]    the items of a list whose field `k` is `v`; [=v] the plain items that are `v`
///   *        every item of a list (match_fields only)
using FieldPath = std::vector<std::string>;

FieldPath split_field_path(std::string_view path);

/// A step, of one of these paths or of a field spec's, without the spaces around it.
std::string_view trimmed_step(std::string_view step);
/// Whether a step names a field of a mapping; all others are for lists.
bool names_field(std::string_view step);

/// The one node at the path; null when there is none. `[k=v]` takes the first item with exactly that value.
/// Errors (kInvalid): a step that does not fit what is there (a field of a list), or that is not allowed here.
Result<yaml::Node*> look_up(yaml::Node& root, std::span<const std::string> path);

/// Every node at the path, in order. In `[k=v]`, `v` is a regular expression (RE2) that the value as YAML text, quotes
/// included, must contain a match of. Below a plain value the steps go on in the YAML that its text is: what is found
/// there is a copy. With `create`, what is absent is made: the last step of that kind, an item by `[k=v]`, or by the
/// index behind the last one. Errors (kInvalid): as look_up; an index that is not there; a bad regular expression.
Result<std::vector<yaml::Node*>> match_fields(yaml::Node& root, std::span<const std::string> path,
                                              std::optional<yaml::NodeKind> create, yaml::Arena& arena);

}  // namespace reconciler::kustomize
