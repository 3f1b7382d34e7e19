#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kustomize/decoder.h"
#include "kustomize/field_spec.h"
#include "kustomize/resource_map.h"
#include "yaml/node.h"

namespace reconciler::kustomize {

/// An entry of `vars`: `$(NAME)` stands for the value of a field of an object. Text belongs to the arena of its file.
struct Var {
  std::string where;  ///< `file:line:column`.
  std::string_view name;
  Gvk type;
  std::string_view object;
  std::string_view namespace_;  ///< "" for any.
  std::string_view field_path;  ///< Never empty.
};

/// The vars of a build by name.
using Vars = std::map<std::string_view, Var>;

/// Reads the value of `vars`. Mistakes go to the decoder.
std::vector<Var> read_vars(Decoder& decoder, const yaml::Node& list);

/// Adds the vars of a kustomization, and notes on the objects that it has so far which of them read from it: by the
/// type and name that an object has or had, and its namespace if the var says one. A var without an object may find it
/// never. Errors (kInvalid), one cause a var: a name that is taken, several objects that fit.
Status declare_vars(Vars& into, const std::vector<Var>& vars, ResourceMap& resources);

/// Adds the vars of a base. Errors: kInvalid, one cause for each name that is taken.
Status merge_vars(Vars& into, const Vars& others);

/// Puts the values into the fields that the specs name: plain values, and the values of a mapping or list. A field that
/// is nothing but `$(NAME)` gets the type of the value; `$$` is a `$`. Names without a var, and those whose value is no
/// plain one, stay as they are. Does nothing when there are no vars. Errors (kInvalid), all of them: a var whose object
/// or field is not there (`where` is the var's place), a field that cannot hold vars (`where` is the object).
Status resolve_vars(ResourceMap& resources, const Vars& vars, const FieldSpecs& fields, yaml::Arena& arena);

}  // namespace reconciler::kustomize
