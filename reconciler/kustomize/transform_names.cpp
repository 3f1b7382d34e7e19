#include <string>

#include "kustomize/node_edit.h"
#include "kustomize/per_resource.h"
#include "kustomize/transformers.h"

namespace reconciler::kustomize {
namespace {

using yaml::Arena;
using yaml::Node;
using yaml::NodeKind;
using yaml::Tag;

bool keeps_its_name(const Gvk& type) {
  if (type.kind == "CustomResourceDefinition" || type.kind == "Namespace") return true;
  return type.kind == "APIService" && type.group == "apiregistration.k8s.io";
}

enum class End { kPrefix, kSuffix };

Status rename(Resource& resource, End end, std::string_view text, const FieldSpecs& specs, Arena& arena) {
  const Gvk type = resource.original_id().type;
  if (keeps_its_name(type)) return {};
  for (const FieldSpec& spec : specs) {
    if (!selects(spec.type, type)) continue;
    if (spec.path == "metadata/name" && !text.empty()) {
      (end == End::kPrefix ? resource.prefixes : resource.suffixes).push_back(text);
      resource.remember_id();
    }
    const auto change = [&](Node& field) {
      const std::string name = end == End::kPrefix ? std::string(text) + std::string(field.text())
                                                   : std::string(field.text()) + std::string(text);
      return set_scalar(field, name, Tag::kNone, arena);
    };
    TRY_VOID(for_each_field(*resource.node, spec, {true, NodeKind::kScalar, Tag::kStr}, change, arena));
  }
  return {};
}

Status rename_all(ResourceMap& resources, End end, std::string_view text, const FieldSpecs& specs, Arena& arena) {
  const Status done =
      for_each_resource(resources.all(), [&](Resource& r) { return rename(r, end, text, specs, arena); });
  resources.ids_changed();
  return done;
}

}  // namespace

Status add_prefix(ResourceMap& resources, std::string_view prefix, const FieldSpecs& specs, Arena& arena) {
  return rename_all(resources, End::kPrefix, prefix, specs, arena);
}

Status add_suffix(ResourceMap& resources, std::string_view suffix, const FieldSpecs& specs, Arena& arena) {
  return rename_all(resources, End::kSuffix, suffix, specs, arena);
}

}  // namespace reconciler::kustomize
