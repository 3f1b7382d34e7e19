#include "validate/api_versions.h"

#include <array>

#include "validate/text.h"

namespace reconciler::validate {
namespace {

struct Change {
  std::string_view api_version;
  std::string_view kinds;    ///< With `|` between them; "" for all.
  std::string_view removed;  ///< In which Kubernetes; "" when it is only deprecated.
  std::string_view instead;
};

// The first row that fits counts.
constexpr auto kChanges = std::to_array<Change>({
    {"extensions/v1beta1", "Ingress", "1.22", "networking.k8s.io/v1"},
    {"extensions/v1beta1", "NetworkPolicy", "1.16", "networking.k8s.io/v1"},
    {"extensions/v1beta1", "PodSecurityPolicy", "1.16", "Pod Security admission"},
    {"extensions/v1beta1", "", "1.16", "apps/v1"},
    {"apps/v1beta1", "", "1.16", "apps/v1"},
    {"apps/v1beta2", "", "1.16", "apps/v1"},
    {"admissionregistration.k8s.io/v1beta1", "MutatingWebhookConfiguration|ValidatingWebhookConfiguration", "1.22",
     "admissionregistration.k8s.io/v1"},
    {"apiextensions.k8s.io/v1beta1", "", "1.22", "apiextensions.k8s.io/v1"},
    {"apiregistration.k8s.io/v1beta1", "", "1.22", "apiregistration.k8s.io/v1"},
    {"authentication.k8s.io/v1beta1", "", "1.22", "authentication.k8s.io/v1"},
    {"authorization.k8s.io/v1beta1", "", "1.22", "authorization.k8s.io/v1"},
    {"certificates.k8s.io/v1beta1", "CertificateSigningRequest", "1.22", "certificates.k8s.io/v1"},
    {"coordination.k8s.io/v1beta1", "Lease", "1.22", "coordination.k8s.io/v1"},
    {"networking.k8s.io/v1beta1", "Ingress|IngressClass", "1.22", "networking.k8s.io/v1"},
    {"rbac.authorization.k8s.io/v1alpha1", "", "1.22", "rbac.authorization.k8s.io/v1"},
    {"rbac.authorization.k8s.io/v1beta1", "", "1.22", "rbac.authorization.k8s.io/v1"},
    {"scheduling.k8s.io/v1beta1", "PriorityClass", "1.22", "scheduling.k8s.io/v1"},
    {"storage.k8s.io/v1beta1", "CSIDriver|CSINode|StorageClass|VolumeAttachment", "1.22", "storage.k8s.io/v1"},
    {"storage.k8s.io/v1beta1", "CSIStorageCapacity", "1.27", "storage.k8s.io/v1"},
    {"batch/v2alpha1", "CronJob", "1.21", "batch/v1"},
    {"batch/v1beta1", "CronJob", "1.25", "batch/v1"},
    {"discovery.k8s.io/v1beta1", "EndpointSlice", "1.25", "discovery.k8s.io/v1"},
    {"events.k8s.io/v1beta1", "Event", "1.25", "events.k8s.io/v1"},
    {"autoscaling/v2beta1", "", "1.25", "autoscaling/v2"},
    {"autoscaling/v2beta2", "", "1.26", "autoscaling/v2"},
    {"policy/v1beta1", "PodDisruptionBudget", "1.25", "policy/v1"},
    {"policy/v1beta1", "PodSecurityPolicy", "1.25", "Pod Security admission"},
    {"node.k8s.io/v1beta1", "RuntimeClass", "1.25", "node.k8s.io/v1"},
    {"flowcontrol.apiserver.k8s.io/v1beta1", "", "1.26", "flowcontrol.apiserver.k8s.io/v1"},
    {"flowcontrol.apiserver.k8s.io/v1beta2", "", "1.29", "flowcontrol.apiserver.k8s.io/v1"},
    {"flowcontrol.apiserver.k8s.io/v1beta3", "", "1.32", "flowcontrol.apiserver.k8s.io/v1"},
    {"v1", "ComponentStatus", "", "the health endpoints of the components"},
    {"v1", "Endpoints", "", "discovery.k8s.io/v1 EndpointSlice"},
    {"cert-manager.io/v1alpha2", "", "", "cert-manager.io/v1"},
    {"cert-manager.io/v1alpha3", "", "", "cert-manager.io/v1"},
    {"cert-manager.io/v1beta1", "", "", "cert-manager.io/v1"},
    {"external-secrets.io/v1alpha1", "", "", "external-secrets.io/v1"},
    {"external-secrets.io/v1beta1", "", "", "external-secrets.io/v1"},
});

const Change* change_of(std::string_view api_version, std::string_view kind) {
  for (const auto& change : kChanges) {
    if (change.api_version == api_version && (change.kinds.empty() || is_one_of(change.kinds, kind))) return &change;
  }
  return nullptr;
}

}  // namespace

void check_api_versions(const Objects& objects, Report& report) {
  for (const auto& object : objects.all()) {
    const auto* change = change_of(object.manifest->api_version, object.type().kind);
    if (change == nullptr) continue;
    const std::string is =
        change->removed.empty() ? " is deprecated" : " left Kubernetes " + std::string(change->removed);
    report.add(change->removed.empty() ? kDeprecatedApi : kRemovedApi, object, "apiVersion",
               object.manifest->api_version + is + "; use " + std::string(change->instead));
  }
}

}  // namespace reconciler::validate
