#include <map>

#include "kustomize/node_edit.h"
#include "kustomize/per_resource.h"
#include "kustomize/transformers.h"

namespace reconciler::kustomize {
namespace {

using yaml::Arena;
using yaml::Node;
using yaml::NodeKind;
using yaml::Tag;

bool is_role_binding(std::string_view kind) { return kind == "RoleBinding" || kind == "ClusterRoleBinding"; }

class NamespaceFilter {
 public:
  NamespaceFilter(const NamespaceChange& change, const FieldSpecs& specs, Arena& arena)
      : change_(change), specs_(specs), arena_(arena), own_(make_field_spec({}, "metadata/namespace", true, arena)) {}

  Status run(Resource& resource) const {
    const Gvk type = resource.type();
    if (!is_cluster_scoped(type)) TRY_VOID(apply(*resource.node, own_, Tag::kNone));
    if (is_role_binding(type.kind)) TRY_VOID(change_subjects(*resource.node));
    for (const FieldSpec& spec : specs_) {
      if (applies(spec, resource)) TRY_VOID(apply(*resource.node, spec, Tag::kStr));
    }
    return {};
  }

 private:
  // The object's own namespace is done apart, for types of cluster scope have none; so are role bindings' subjects. Of
  // kinds called Namespace, only the built-in one is renamed.
  bool applies(const FieldSpec& spec, const Resource& resource) const {
    if (spec.path == "metadata/namespace") return false;
    if (spec.path == "metadata/name" && resource.api_version() != "v1") return false;
    return !(is_role_binding(resource.kind()) && is_role_binding(spec.type.kind) && spec.path == "subjects/namespace");
  }

  Status apply(Node& object, const FieldSpec& spec, Tag tag) const {
    return for_each_field(
        object, spec, {true, NodeKind::kScalar, tag}, [this](Node& field) { return set(field); }, arena_);
  }

  Status set(Node& field) const {
    if (change_.unset_only && field.is_scalar() && !field.is_null() && !field.text().empty()) return {};
    return set_scalar(field, change_.namespace_, Tag::kStr, arena_);
  }

  Status change_subjects(Node& object) const {
    Node* subjects = object.find("subjects");
    if (change_.subjects == Subjects::kNone || subjects == nullptr || subjects->is_null()) return {};
    if (!subjects->is_sequence()) return fail(ErrorKind::kInvalid, "", {Cause{"", "subjects", "expected a list"}});
    for (Node* subject : subjects->items()) {
      const bool named = change_.subjects == Subjects::kNamedDefault;
      if (subject->text_of(named ? "name" : "kind") != (named ? "default" : "ServiceAccount")) continue;
      if (Node* field = find_or_make(*subject, "namespace", NodeKind::kScalar, arena_)) TRY_VOID(set(*field));
    }
    return {};
  }

  const NamespaceChange& change_;
  const FieldSpecs& specs_;
  Arena& arena_;
  FieldSpec own_;
};

// Two objects that differed in nothing but their namespace are one now.
Status check_unique(const ResourceMap& resources) {
  std::map<std::pair<std::string_view, std::string_view>, std::vector<const Resource*>> by_name;
  std::vector<Cause> causes;
  for (const Resource* resource : resources.all()) {
    auto& alike = by_name[{resource->kind(), resource->name()}];
    for (const Resource* other : alike) {
      if (other->id() != resource->id()) continue;
      causes.push_back({resource->origin(), "metadata.namespace",
                        "the namespace makes it clash with the " + resource->id().text() + " from " + other->origin()});
      break;
    }
    alike.push_back(resource);
  }
  if (causes.empty()) return {};
  return fail(ErrorKind::kConflict, "objects clash", std::move(causes));
}

}  // namespace

Status set_namespace(ResourceMap& resources, const NamespaceChange& change, const FieldSpecs& specs, Arena& arena) {
  if (change.namespace_.empty()) return {};
  const NamespaceFilter filter(change, specs, arena);
  TRY_VOID(for_each_resource(resources.all(), [&](Resource& resource) -> Status {
    if (resource.from_helm) return {};
    resource.remember_id();
    return filter.run(resource);
  }));
  resources.ids_changed();
  return check_unique(resources);
}

}  // namespace reconciler::kustomize
