#include "kustomize/node_edit.h"
#include "kustomize/per_resource.h"
#include "kustomize/transformers.h"

namespace reconciler::kustomize {
namespace {

using yaml::Arena;
using yaml::Node;
using yaml::NodeKind;
using yaml::Tag;

// As in the reference, all new fields for one pair share one value: who changes a label later by a replacement changes
// it in the object's selectors and templates too.
Status set_pair(Resource& resource, std::string_view key, std::string_view value, const FieldSpecs& specs,
                Arena& arena) {
  Node* shared = yaml::make_string(arena, value);
  const auto change = [&](Node& map) -> Status {
    if (map.is_null()) return {};
    if (!map.is_mapping()) return fail(ErrorKind::kInvalid, "expected a mapping");
    if (Node* present = map.find(key)) {
      present->assign(*shared);
    } else {
      map.add(arena, yaml::make_untyped(arena, key), shared);
    }
    return {};
  };
  for (const FieldSpec& spec : specs) {
    TRY_VOID(for_each_field(*resource.node, spec, {true, NodeKind::kMapping, Tag::kMap}, change, arena));
  }
  return {};
}

}  // namespace

Status set_pairs(ResourceMap& resources, const TextPairs& pairs, const FieldSpecs& specs, Arena& arena) {
  return for_each_resource(resources.all(), [&](Resource& resource) -> Status {
    for (const auto& [key, value] : pairs) TRY_VOID(set_pair(resource, key, value, specs, arena));
    return {};
  });
}

}  // namespace reconciler::kustomize
