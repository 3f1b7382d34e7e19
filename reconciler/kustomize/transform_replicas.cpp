#include <algorithm>
#include <string>

#include "kustomize/node_edit.h"
#include "kustomize/per_resource.h"
#include "kustomize/transformers.h"

namespace reconciler::kustomize {
namespace {

bool has_or_had(const Resource& resource, std::string_view name, const Gvk& selector) {
  const auto matches = [&](const Id& id) { return id.name == name && selects(selector, id.type); };
  const auto former = resource.previous_ids();
  return matches(resource.id()) || std::any_of(former.begin(), former.end(), matches);
}

tl::unexpected<Error> nothing_scaled(const ReplicaArgs& replica, const FieldSpecs& specs) {
  std::string kinds;
  for (const FieldSpec& spec : specs) kinds += (kinds.empty() ? "" : ", ") + spec.type.text();
  return fail(ErrorKind::kNotFound, "replicas match nothing",
              {Cause{"", "replicas", "no object named '" + std::string(replica.name) + "' is one of: " + kinds}});
}

}  // namespace

Status set_replicas(ResourceMap& resources, const ReplicaArgs& replica, const FieldSpecs& specs, yaml::Arena& arena) {
  const std::string count = std::to_string(replica.count);
  bool found = false;
  for (const FieldSpec& spec : specs) {
    std::vector<Resource*> scaled = resources.with_any_name(replica.name);
    std::erase_if(scaled, [&](const Resource* resource) { return !has_or_had(*resource, replica.name, spec.type); });
    found = found || !scaled.empty();
    const auto set = [&](yaml::Node& field) { return set_scalar(field, count, yaml::Tag::kInt, arena); };
    TRY_VOID(for_each_resource(scaled, [&](Resource& resource) {
      return for_each_field(*resource.node, spec, {true, yaml::NodeKind::kScalar, yaml::Tag::kInt}, set, arena);
    }));
  }
  if (!found) return nothing_scaled(replica, specs);
  return {};
}

}  // namespace reconciler::kustomize
