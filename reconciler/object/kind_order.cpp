#include "object/kind_order.h"

#include <array>
#include <string_view>

namespace reconciler {
namespace {

struct Rank {
  std::string_view group;
  std::string_view kind;
  int rank;
};

constexpr int kOthers = 60;

constexpr auto kRanks = std::to_array<Rank>({
    {"", "Namespace", 0},
    {"apiextensions.k8s.io", "CustomResourceDefinition", 1},
    {"scheduling.k8s.io", "PriorityClass", 10},
    {"node.k8s.io", "RuntimeClass", 10},
    {"storage.k8s.io", "StorageClass", 10},
    {"networking.k8s.io", "IngressClass", 10},
    {"networking.k8s.io", "NetworkPolicy", 11},
    {"", "ResourceQuota", 11},
    {"", "LimitRange", 11},
    {"policy", "PodDisruptionBudget", 11},
    {"", "ServiceAccount", 12},
    {"rbac.authorization.k8s.io", "ClusterRole", 13},
    {"rbac.authorization.k8s.io", "Role", 13},
    {"rbac.authorization.k8s.io", "ClusterRoleBinding", 14},
    {"rbac.authorization.k8s.io", "RoleBinding", 14},
    {"", "Secret", 20},
    {"", "ConfigMap", 20},
    {"", "PersistentVolume", 21},
    {"", "PersistentVolumeClaim", 22},
    {"", "Service", 30},
    {"", "Pod", 40},
    {"", "ReplicationController", 40},
    {"apps", "DaemonSet", 40},
    {"apps", "ReplicaSet", 40},
    {"apps", "Deployment", 40},
    {"apps", "StatefulSet", 40},
    {"batch", "Job", 41},
    {"batch", "CronJob", 41},
    {"autoscaling", "HorizontalPodAutoscaler", 42},
    {"networking.k8s.io", "Ingress", 43},
    {"apiregistration.k8s.io", "APIService", 70},
    {"admissionregistration.k8s.io", "ValidatingAdmissionPolicy", 71},
    {"admissionregistration.k8s.io", "MutatingAdmissionPolicy", 71},
    {"admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding", 72},
    {"admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding", 72},
    {"admissionregistration.k8s.io", "MutatingWebhookConfiguration", 73},
    {"admissionregistration.k8s.io", "ValidatingWebhookConfiguration", 73},
});

}  // namespace

int apply_rank(const GroupKind& type) {
  for (const auto& rank : kRanks) {
    if (rank.group == type.group && rank.kind == type.kind) return rank.rank;
  }
  return kOthers;
}

bool brings_others(const GroupKind& type) { return apply_rank(type) <= 1; }

}  // namespace reconciler
