#pragma once

#include "base/result.h"
#include "yaml/node.h"
#include "yaml/scalar.h"

namespace reconciler::kustomize {

/// Turns every scalar below into what it means as JSON: tags kStr, kBool, kNull, kInt and kFloat with JSON's own texts.
/// Errors: a value that JSON cannot hold.
Status to_json_values(yaml::Node& node, yaml::Dialect dialect, yaml::Arena& arena);

/// What is left of a tree of JSON values after a passage through Go's interface{}: numbers are 64-bit floating point,
/// written as go-yaml does (`1e+06`), strings have the quotes that go-yaml gives them. Errors: a number out of range.
Status through_interface(yaml::Node& node, yaml::Arena& arena);

/// Whether two trees of JSON values are equal: fields in any order.
bool equal_json(const yaml::Node& a, const yaml::Node& b);

}  // namespace reconciler::kustomize
