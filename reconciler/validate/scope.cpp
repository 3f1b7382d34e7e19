#include "validate/scope.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace reconciler::validate {
namespace {

using Name = std::pair<std::string_view, std::string_view>;

// Kinds without a namespace, by group: of Kubernetes 1.36, then of widespread definitions.
constexpr auto kClusterScoped = std::to_array<Name>({
    {"", "Namespace"},
    {"", "Node"},
    {"", "PersistentVolume"},
    {"", "ComponentStatus"},
    {"admissionregistration.k8s.io", "MutatingAdmissionPolicy"},
    {"admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"},
    {"admissionregistration.k8s.io", "MutatingWebhookConfiguration"},
    {"admissionregistration.k8s.io", "ValidatingAdmissionPolicy"},
    {"admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"},
    {"admissionregistration.k8s.io", "ValidatingWebhookConfiguration"},
    {"apiextensions.k8s.io", "CustomResourceDefinition"},
    {"apiregistration.k8s.io", "APIService"},
    {"certificates.k8s.io", "CertificateSigningRequest"},
    {"certificates.k8s.io", "ClusterTrustBundle"},
    {"flowcontrol.apiserver.k8s.io", "FlowSchema"},
    {"flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"},
    {"networking.k8s.io", "IPAddress"},
    {"networking.k8s.io", "IngressClass"},
    {"networking.k8s.io", "ServiceCIDR"},
    {"node.k8s.io", "RuntimeClass"},
    {"policy", "PodSecurityPolicy"},
    {"rbac.authorization.k8s.io", "ClusterRole"},
    {"rbac.authorization.k8s.io", "ClusterRoleBinding"},
    {"resource.k8s.io", "DeviceClass"},
    {"resource.k8s.io", "ResourceSlice"},
    {"scheduling.k8s.io", "PriorityClass"},
    {"storage.k8s.io", "CSIDriver"},
    {"storage.k8s.io", "CSINode"},
    {"storage.k8s.io", "StorageClass"},
    {"storage.k8s.io", "VolumeAttachment"},
    {"storage.k8s.io", "VolumeAttributesClass"},
    {"cert-manager.io", "ClusterIssuer"},
    {"external-secrets.io", "ClusterSecretStore"},
    {"gateway.networking.k8s.io", "GatewayClass"},
    {"gitops.spira.dev", "Environment"},
    {"kyverno.io", "ClusterPolicy"},
    {"snapshot.storage.k8s.io", "VolumeSnapshotClass"},
});

constexpr auto kBuiltInGroups = std::to_array<std::string_view>({"",
                                                                 "admissionregistration.k8s.io",
                                                                 "apiextensions.k8s.io",
                                                                 "apiregistration.k8s.io",
                                                                 "apps",
                                                                 "autoscaling",
                                                                 "batch",
                                                                 "certificates.k8s.io",
                                                                 "coordination.k8s.io",
                                                                 "discovery.k8s.io",
                                                                 "events.k8s.io",
                                                                 "extensions",
                                                                 "flowcontrol.apiserver.k8s.io",
                                                                 "networking.k8s.io",
                                                                 "node.k8s.io",
                                                                 "policy",
                                                                 "rbac.authorization.k8s.io",
                                                                 "resource.k8s.io",
                                                                 "scheduling.k8s.io",
                                                                 "storage.k8s.io"});

constexpr auto kEverywhere = std::to_array<Name>({{"ServiceAccount", "default"}, {"ConfigMap", "kube-root-ca.crt"}});

// Without namespace. The names of storage classes are those that distributions make their default.
constexpr auto kOnce = std::to_array<Name>({
    {"ClusterRole", "admin"},
    {"ClusterRole", "cluster-admin"},
    {"ClusterRole", "edit"},
    {"ClusterRole", "view"},
    {"PriorityClass", "system-cluster-critical"},
    {"PriorityClass", "system-node-critical"},
    {"StorageClass", "default"},
    {"StorageClass", "do-block-storage"},
    {"StorageClass", "gp2"},
    {"StorageClass", "gp3"},
    {"StorageClass", "hostpath"},
    {"StorageClass", "local-path"},
    {"StorageClass", "managed"},
    {"StorageClass", "managed-csi"},
    {"StorageClass", "managed-premium"},
    {"StorageClass", "premium-rwo"},
    {"StorageClass", "standard"},
    {"StorageClass", "standard-rwo"},
});

}  // namespace

std::optional<bool> is_namespaced(const GroupKind& type) {
  if (std::ranges::find(kClusterScoped, Name(type.group, type.kind)) != kClusterScoped.end()) return false;
  if (is_built_in(type.group)) return true;
  return std::nullopt;
}

bool is_built_in(std::string_view group) { return std::ranges::find(kBuiltInGroups, group) != kBuiltInGroups.end(); }

bool is_of_every_cluster(std::string_view group, std::string_view kind, std::string_view namespace_,
                         std::string_view name) {
  if (namespace_ == "kube-system" || namespace_ == "kube-public" || namespace_ == "kube-node-lease") return true;
  if (kind == "Namespace") return name == "default" || name.starts_with("kube-");
  if (group.empty() && std::ranges::find(kEverywhere, Name(kind, name)) != kEverywhere.end()) return true;
  if (kind == "Service" && namespace_ == "default" && name == "kubernetes") return true;
  if (kind == "ClusterRole" && name.starts_with("system:")) return true;
  return namespace_.empty() && std::ranges::find(kOnce, Name(kind, name)) != kOnce.end();
}

}  // namespace reconciler::validate
