#include "sync/find_parent.h"

#include <vector>

#include "health/json_view.h"
#include "sync/live.h"
#include "sync/names.h"

namespace reconciler::sync {
namespace {

constexpr const char* kIsParentType = "applyset.kubernetes.io/is-parent-type=true";

/// Those that the specification names, and those of definitions that bear its label.
std::vector<GroupKind> parent_kinds(kube::Cluster& cluster) {
  std::vector<GroupKind> kinds{{"", "Secret"}, {"", "ConfigMap"}};
  const auto add = [&](const Json& definition) {
    kinds.push_back({health::text(definition, {"spec", "group"}), health::text(definition, {"spec", "names", "kind"})});
  };
  const GroupKind definitions{"apiextensions.k8s.io", "CustomResourceDefinition"};
  (void)cluster.list({definitions, "", "", kIsParentType, "", kube::Projection::kFull}, add);
  return kinds;
}

}  // namespace

std::optional<ObjectKey> find_parent(const std::string& part_of, kube::Cluster& cluster) {
  for (const auto& kind : parent_kinds(cluster)) {
    std::optional<ObjectKey> parent;
    const auto label = std::string(kApplySetIdLabel) + "=" + part_of;
    const auto take = [&](const Json& object) { parent = key_of(object); };
    (void)cluster.list({kind, "", "", label, "", kube::Projection::kMetadata}, take);
    if (parent) return parent;
  }
  return std::nullopt;
}

}  // namespace reconciler::sync
