#include <algorithm>
#include <map>
#include <string>

#include "kustomize/transformers.h"

namespace reconciler::kustomize {
namespace {

constexpr std::string_view kLegacyFirst[] = {"Namespace",
                                             "ResourceQuota",
                                             "StorageClass",
                                             "CustomResourceDefinition",
                                             "ServiceAccount",
                                             "PodSecurityPolicy",
                                             "Role",
                                             "ClusterRole",
                                             "RoleBinding",
                                             "ClusterRoleBinding",
                                             "ConfigMap",
                                             "Secret",
                                             "Endpoints",
                                             "Service",
                                             "LimitRange",
                                             "PriorityClass",
                                             "PersistentVolume",
                                             "PersistentVolumeClaim",
                                             "Deployment",
                                             "StatefulSet",
                                             "CronJob",
                                             "PodDisruptionBudget"};
constexpr std::string_view kLegacyLast[] = {"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"};

std::string or_else(std::string_view text, const char* none) {
  return text.empty() ? std::string(none) : std::string(text);
}

// What an object is sorted by, made once.
struct SortKey {
  int rank = 0;
  bool reversed = false;  // The built-in Namespace goes behind others of that kind.
  std::string type;
  std::string name;
  Resource* resource = nullptr;
};

SortKey key_of(Resource* resource, const std::map<std::string_view, int>& ranks) {
  const Gvk type = resource->type();
  const auto rank = ranks.find(type.kind);
  return {rank == ranks.end() ? 0 : rank->second, type.kind == "Namespace" && type.group.empty(),
          or_else(type.group, "~G") + "_" + or_else(type.version, "~V") + "_" + or_else(type.kind, "~K"),
          or_else(resource->namespace_(), "~X") + "|" + or_else(resource->name(), "~N"), resource};
}

bool less(const SortKey& a, const SortKey& b) {
  if (a.type == b.type) return a.name < b.name;
  if (a.rank != b.rank) return a.rank < b.rank;
  const bool reversed =
      a.resource->kind() == "Namespace" && b.resource->kind() == "Namespace" && (a.reversed || b.reversed);
  return reversed ? a.type > b.type : a.type < b.type;
}

}  // namespace

void sort_by_kind(ResourceMap& resources, const Texts& first, const Texts& last) {
  std::map<std::string_view, int> ranks;
  for (std::size_t i = 0; i < first.size(); ++i) ranks[first[i]] = static_cast<int>(i) - static_cast<int>(first.size());
  for (std::size_t i = 0; i < last.size(); ++i) ranks[last[i]] = static_cast<int>(i) + 1;
  std::vector<SortKey> keys;
  keys.reserve(resources.size());
  for (Resource* resource : resources.all()) keys.push_back(key_of(resource, ranks));
  std::stable_sort(keys.begin(), keys.end(), less);
  std::vector<Resource*> order;
  order.reserve(keys.size());
  for (const SortKey& key : keys) order.push_back(key.resource);
  resources.reorder(std::move(order));
}

void sort_legacy(ResourceMap& resources) {
  sort_by_kind(resources, Texts(std::begin(kLegacyFirst), std::end(kLegacyFirst)),
               Texts(std::begin(kLegacyLast), std::end(kLegacyLast)));
}

}  // namespace reconciler::kustomize
