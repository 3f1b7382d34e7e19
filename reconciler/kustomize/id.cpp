#include "kustomize/id.h"

#include <algorithm>
#include <array>

namespace reconciler::kustomize {
namespace {

constexpr std::array<std::string_view, 22> kFirst = {"Namespace",
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
constexpr std::array<std::string_view, 2> kLast = {"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"};

struct ClusterScoped {
  std::string_view kind;
  std::string_view group;
  bool has_v1;
  bool has_v1beta1;
};

constexpr std::array<ClusterScoped, 22> kClusterScoped = {{
    {"APIService", "apiregistration.k8s.io", true, true},
    {"CSIDriver", "storage.k8s.io", true, true},
    {"CSINode", "storage.k8s.io", true, true},
    {"CertificateSigningRequest", "certificates.k8s.io", true, true},
    {"ClusterRole", "rbac.authorization.k8s.io", true, true},
    {"ClusterRoleBinding", "rbac.authorization.k8s.io", true, true},
    {"ComponentStatus", "", true, false},
    {"CustomResourceDefinition", "apiextensions.k8s.io", true, true},
    {"FlowSchema", "flowcontrol.apiserver.k8s.io", false, true},
    {"IngressClass", "networking.k8s.io", true, true},
    {"MutatingWebhookConfiguration", "admissionregistration.k8s.io", true, true},
    {"Namespace", "", true, false},
    {"Node", "", true, false},
    {"NodeProxyOptions", "", true, false},
    {"PersistentVolume", "", true, false},
    {"PodSecurityPolicy", "policy", false, true},
    {"PriorityClass", "scheduling.k8s.io", true, true},
    {"PriorityLevelConfiguration", "flowcontrol.apiserver.k8s.io", false, true},
    {"RuntimeClass", "node.k8s.io", true, true},
    {"StorageClass", "storage.k8s.io", true, true},
    {"ValidatingWebhookConfiguration", "admissionregistration.k8s.io", true, true},
    {"VolumeAttachment", "storage.k8s.io", true, true},
}};

int rank(std::string_view kind) {
  const auto first = std::find(kFirst.begin(), kFirst.end(), kind);
  if (first != kFirst.end()) return static_cast<int>(first - kFirst.end());
  const auto last = std::find(kLast.begin(), kLast.end(), kind);
  return last == kLast.end() ? 0 : static_cast<int>(last - kLast.begin()) + 1;
}

std::string sort_text(const Gvk& type) {
  const auto or_else = [](std::string_view text, const char* none) {
    return text.empty() ? std::string(none) : std::string(text);
  };
  return or_else(type.group, "~G") + "_" + or_else(type.version, "~V") + "_" + or_else(type.kind, "~K");
}

}  // namespace

std::string Gvk::text() const {
  std::string result(kind);
  if (!group.empty()) result += "." + std::string(group) + "/" + std::string(version);
  if (group.empty() && !version.empty()) result += "." + std::string(version);
  return result;
}

Gvk gvk_of(std::string_view api_version, std::string_view kind) {
  const auto slash = api_version.find('/');
  if (slash == std::string_view::npos) return {"", api_version, kind};
  return {api_version.substr(0, slash), api_version.substr(slash + 1), kind};
}

bool selects(const Gvk& selector, const Gvk& type) {
  return (selector.group.empty() || selector.group == type.group) &&
         (selector.version.empty() || selector.version == type.version) &&
         (selector.kind.empty() || selector.kind == type.kind);
}

bool legacy_less(const Gvk& a, const Gvk& b) {
  const int rank_a = rank(a.kind);
  const int rank_b = rank(b.kind);
  return rank_a != rank_b ? rank_a < rank_b : sort_text(a) < sort_text(b);
}

bool is_cluster_scoped(const Gvk& type) {
  const auto known =
      std::lower_bound(kClusterScoped.begin(), kClusterScoped.end(), type.kind,
                       [](const ClusterScoped& entry, std::string_view kind) { return entry.kind < kind; });
  if (known == kClusterScoped.end() || known->kind != type.kind || known->group != type.group) return false;
  return (known->has_v1 && type.version == "v1") || (known->has_v1beta1 && type.version == "v1beta1");
}

std::string Id::text() const {
  const bool shows_namespace = !is_cluster_scoped() && namespace_ != "default";
  return type.text() + " " + (shows_namespace ? std::string(namespace_) + "/" : "") + std::string(name);
}

Id make_id(const Gvk& type, std::string_view name, std::string_view namespace_) {
  if (is_cluster_scoped(type)) return {type, name, kNoNamespace};
  return {type, name, namespace_.empty() ? std::string_view("default") : namespace_};
}

}  // namespace reconciler::kustomize
