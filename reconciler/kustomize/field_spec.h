#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kustomize/id.h"
#include "yaml/node.h"

namespace reconciler::kustomize {

/// One step of a field spec's path: `containers`, or `containers[]`, which says that the field is a list.
struct PathStep {
  std::string_view name;
  bool is_list = false;
  bool is_field = true;  ///< Else it is for lists (names_field), and fits no mapping.
};

/// Which fields of which objects a transformer changes: a selector of types, and a path whose steps go through lists
/// without saying so. `/` in a name is written `\/`.
struct FieldSpec {
  Gvk type;
  std::string_view path;
  bool create = false;
  std::vector<PathStep> steps;
};
using FieldSpecs = std::vector<FieldSpec>;

/// Text that had to be made for the steps (unescaped names) goes into the arena.
FieldSpec make_field_spec(const Gvk& type, std::string_view path, bool create, yaml::Arena& arena);

/// Adds a spec unless there is one for the same path and type. Errors: kInvalid when the two differ in `create`.
Status merge_field_spec(FieldSpecs& into, const FieldSpec& spec);
Status merge_field_specs(FieldSpecs& into, const FieldSpecs& specs);
void sort_field_specs(FieldSpecs& specs);

/// What is made where a spec says `create` and the field is absent or null.
struct Creation {
  bool allowed = true;
  yaml::NodeKind kind = yaml::NodeKind::kScalar;
  yaml::Tag tag = yaml::Tag::kNone;
};
inline constexpr Creation kNoCreation{false, yaml::NodeKind::kScalar, yaml::Tag::kNone};

/// Calls `change` with each value that the spec names in the object, if the spec is for objects of that type. Nulls on
/// the way end it. Errors: what `change` says, or kInvalid where the path goes through a plain value; one cause, with
/// the field.
using FieldChange = std::function<Status(yaml::Node&)>;
Status for_each_field(yaml::Node& object, const FieldSpec& spec, const Creation& creation, const FieldChange& change,
                      yaml::Arena& arena);

}  // namespace reconciler::kustomize
