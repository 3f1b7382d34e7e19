#pragma once

#include <string_view>

#include "base/result.h"
#include "kustomize/field_spec.h"
#include "kustomize/kustomization.h"
#include "kustomize/resource_map.h"
#include "kustomize/transformer_config.h"

namespace reconciler::kustomize {

/// The transformers that change fields of all objects at once. Each changes the objects in place, in the order of the
/// map, and leaves the map's ids right. Text and nodes that they make live in the arena. Errors: kInvalid, with one
/// cause for each object that could not be changed: `where` is the object's origin.

/// Which subjects of role bindings follow the namespace.
enum class Subjects { kNamedDefault, kServiceAccounts, kNone };
struct NamespaceChange {
  std::string_view namespace_;
  bool unset_only = false;  ///< Only where there is none yet.
  Subjects subjects = Subjects::kNamedDefault;
};
Status set_namespace(ResourceMap& resources, const NamespaceChange& change, const FieldSpecs& specs,
                     yaml::Arena& arena);

/// Definitions, API services and namespaces keep their names.
Status add_prefix(ResourceMap& resources, std::string_view prefix, const FieldSpecs& specs, yaml::Arena& arena);
Status add_suffix(ResourceMap& resources, std::string_view suffix, const FieldSpecs& specs, yaml::Arena& arena);

/// Sets these pairs in every map that the specs name: labels and annotations.
Status set_pairs(ResourceMap& resources, const TextPairs& pairs, const FieldSpecs& specs, yaml::Arena& arena);

/// Changes images in order. The reference walks twice: once over any `containers` and `initContainers`, once by the
/// specs.
Status set_images(ResourceMap& resources, const std::vector<ImageArgs>& images, const FieldSpecs& specs,
                  yaml::Arena& arena);

/// Errors also: kNotFound when no object has that name and a type of the specs.
Status set_replicas(ResourceMap& resources, const ReplicaArgs& replica, const FieldSpecs& specs, yaml::Arena& arena);

/// Puts the hash of their content behind the names of the objects that are to have one.
Status add_hashes(ResourceMap& resources, yaml::Arena& arena);

/// Follows changed names and namespaces to the fields that refer to them.
Status fix_name_references(ResourceMap& resources, const std::vector<NameReference>& references, yaml::Arena& arena);

/// Sorts by kind and name: `first` kinds first, `last` kinds last. Without both, the reference's legacy order.
void sort_by_kind(ResourceMap& resources, const Texts& first, const Texts& last);
void sort_legacy(ResourceMap& resources);

}  // namespace reconciler::kustomize
