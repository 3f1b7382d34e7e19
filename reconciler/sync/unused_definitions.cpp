#include "sync/unused_definitions.h"

#include <nlohmann/json.hpp>

#include "health/json_view.h"

namespace reconciler::sync {
namespace {

bool is_unused(const LiveMember& definition, kube::Cluster& cluster) {
  const auto body = cluster.get(definition.key, definition.api_version, kube::Projection::kFull);
  if (!body) return false;
  kube::ListRequest request;
  request.type = {health::text(*body, {"spec", "group"}), health::text(*body, {"spec", "names", "kind"})};
  request.projection = kube::Projection::kMetadata;
  bool is_empty = true;
  const auto listed = cluster.list(request, [&](Json&&) { is_empty = false; });
  return listed && is_empty;
}

}  // namespace

std::set<ObjectKey> unused_definitions(const DesiredSet& set, const LiveSet& live, kube::Cluster& cluster) {
  std::set<ObjectKey> unused;
  for (const auto& [key, member] : live) {
    const bool has_left = member->part_of == set.part_of && set.find(key) == nullptr;
    if (!is_definition(key.type) || !has_left || member->being_deleted || !member->prune.empty()) continue;
    if (is_unused(*member, cluster)) unused.insert(key);
  }
  return unused;
}

}  // namespace reconciler::sync
