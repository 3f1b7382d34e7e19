#include <algorithm>
#include <map>

#include "kustomize/schema_builder.h"

namespace reconciler::kustomize {
namespace {

/// A field that merges, or that leads to one. `keys` of a list that merges: the fields that identify an item, separated
/// by commas, or `*` for a list of plain values. Every field that is not listed is replaced as a whole.
struct FieldRow {
  std::string_view type;
  std::string_view field;
  std::string_view field_type;
  std::string_view keys;
};

/// The strategies of the OpenAPI document of Kubernetes 1.21.2, the one that kustomize 5.8 carries: later fields have
/// none.
constexpr FieldRow kFields[] = {
    {"ObjectMeta", "finalizers", "", "*"},
    {"ObjectMeta", "ownerReferences", "", "uid"},
    {"Conditions", "conditions", "", "type"},

    {"PodTemplateSpec", "metadata", "ObjectMeta", ""},
    {"PodTemplateSpec", "spec", "PodSpec", ""},
    {"PodSpec", "containers", "Container", "name"},
    {"PodSpec", "ephemeralContainers", "EphemeralContainer", "name"},
    {"PodSpec", "hostAliases", "", "ip"},
    {"PodSpec", "imagePullSecrets", "", "name"},
    {"PodSpec", "initContainers", "Container", "name"},
    {"PodSpec", "topologySpreadConstraints", "", "topologyKey,whenUnsatisfiable"},
    {"PodSpec", "volumes", "Volume", "name"},
    {"PodStatus", "conditions", "", "type"},
    {"PodStatus", "podIPs", "", "ip"},
    {"Container", "env", "", "name"},
    {"Container", "ports", "", "containerPort,protocol"},
    {"Container", "volumeDevices", "", "devicePath"},
    {"Container", "volumeMounts", "", "mountPath"},
    {"EphemeralContainer", "env", "", "name"},
    {"EphemeralContainer", "volumeDevices", "", "devicePath"},
    {"EphemeralContainer", "volumeMounts", "", "mountPath"},
    {"Volume", "ephemeral", "EphemeralVolumeSource", ""},
    {"EphemeralVolumeSource", "volumeClaimTemplate", "ClaimTemplate", ""},
    {"ClaimTemplate", "metadata", "ObjectMeta", ""},
    {"WorkloadSpec", "template", "PodTemplateSpec", ""},
    {"JobTemplateSpec", "metadata", "ObjectMeta", ""},
    {"JobTemplateSpec", "spec", "WorkloadSpec", ""},
    {"CronJobSpec", "jobTemplate", "JobTemplateSpec", ""},
    {"ServiceSpec", "ports", "", "port,protocol"},
    {"NodeSpec", "podCIDRs", "", "*"},
    {"NodeStatus", "addresses", "", "type"},
    {"NodeStatus", "conditions", "", "type"},
    {"CSINodeSpec", "drivers", "", "name"},

    {"Object", "metadata", "ObjectMeta", ""},
    {"ObjectWithStatus", "metadata", "ObjectMeta", ""},
    {"ObjectWithStatus", "status", "Conditions", ""},
    {"ComponentStatus", "metadata", "ObjectMeta", ""},
    {"ComponentStatus", "conditions", "", "type"},
    {"CronJob", "metadata", "ObjectMeta", ""},
    {"CronJob", "spec", "CronJobSpec", ""},
    {"CSINode", "metadata", "ObjectMeta", ""},
    {"CSINode", "spec", "CSINodeSpec", ""},
    {"Kustomization", "configMapGenerator", "", "name"},
    {"Kustomization", "secretGenerator", "", "name"},
    {"Node", "metadata", "ObjectMeta", ""},
    {"Node", "spec", "NodeSpec", ""},
    {"Node", "status", "NodeStatus", ""},
    {"Pod", "metadata", "ObjectMeta", ""},
    {"Pod", "spec", "PodSpec", ""},
    {"Pod", "status", "PodStatus", ""},
    {"PodTemplate", "metadata", "ObjectMeta", ""},
    {"PodTemplate", "template", "PodTemplateSpec", ""},
    {"Service", "metadata", "ObjectMeta", ""},
    {"Service", "spec", "ServiceSpec", ""},
    {"Service", "status", "Conditions", ""},
    {"ServiceAccount", "metadata", "ObjectMeta", ""},
    {"ServiceAccount", "secrets", "", "name"},
    {"WebhookConfiguration", "metadata", "ObjectMeta", ""},
    {"WebhookConfiguration", "webhooks", "", "name"},
    {"Workload", "metadata", "ObjectMeta", ""},
    {"Workload", "spec", "WorkloadSpec", ""},
    {"Workload", "status", "Conditions", ""},
};

/// The kinds of an API version that have one of the types above, separated by spaces.
struct KindRow {
  std::string_view api_version;
  std::string_view type;
  std::string_view kinds;
};

constexpr KindRow kKinds[] = {
    {"admissionregistration.k8s.io/v1", "WebhookConfiguration",
     "MutatingWebhookConfiguration ValidatingWebhookConfiguration"},
    {"admissionregistration.k8s.io/v1beta1", "WebhookConfiguration",
     "MutatingWebhookConfiguration ValidatingWebhookConfiguration"},
    {"apiextensions.k8s.io/v1", "Object", "CustomResourceDefinition"},
    {"apiextensions.k8s.io/v1beta1", "Object", "CustomResourceDefinition"},
    {"apiregistration.k8s.io/v1", "ObjectWithStatus", "APIService"},
    {"apiregistration.k8s.io/v1beta1", "ObjectWithStatus", "APIService"},
    {"apps/v1", "Object", "ControllerRevision"},
    {"apps/v1", "Workload", "DaemonSet Deployment ReplicaSet StatefulSet"},
    {"authentication.k8s.io/v1", "Object", "TokenRequest TokenReview"},
    {"authentication.k8s.io/v1beta1", "Object", "TokenReview"},
    {"authorization.k8s.io/v1", "Object",
     "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview"},
    {"authorization.k8s.io/v1beta1", "Object",
     "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview"},
    {"autoscaling/v1", "Object", "HorizontalPodAutoscaler Scale"},
    {"autoscaling/v2beta1", "Object", "HorizontalPodAutoscaler"},
    {"autoscaling/v2beta2", "Object", "HorizontalPodAutoscaler"},
    {"batch/v1", "CronJob", "CronJob"},
    {"batch/v1", "Workload", "Job"},
    {"batch/v1beta1", "CronJob", "CronJob"},
    {"certificates.k8s.io/v1", "Object", "CertificateSigningRequest"},
    {"certificates.k8s.io/v1beta1", "Object", "CertificateSigningRequest"},
    {"coordination.k8s.io/v1", "Object", "Lease"},
    {"coordination.k8s.io/v1beta1", "Object", "Lease"},
    {"discovery.k8s.io/v1", "Object", "EndpointSlice"},
    {"discovery.k8s.io/v1beta1", "Object", "EndpointSlice"},
    {"events.k8s.io/v1", "Object", "Event"},
    {"events.k8s.io/v1beta1", "Object", "Event"},
    {"extensions/v1beta1", "Object", "Ingress"},
    {"flowcontrol.apiserver.k8s.io/v1beta1", "Object", "FlowSchema PriorityLevelConfiguration"},
    {"kustomize.config.k8s.io/v1beta1", "Kustomization", "Kustomization"},
    {"networking.k8s.io/v1", "Object", "Ingress IngressClass NetworkPolicy"},
    {"networking.k8s.io/v1beta1", "Object", "Ingress IngressClass"},
    {"node.k8s.io/v1", "Object", "RuntimeClass"},
    {"node.k8s.io/v1beta1", "Object", "RuntimeClass"},
    {"policy/v1", "ObjectWithStatus", "PodDisruptionBudget"},
    {"policy/v1beta1", "Object", "Eviction PodSecurityPolicy"},
    {"policy/v1beta1", "ObjectWithStatus", "PodDisruptionBudget"},
    {"rbac.authorization.k8s.io/v1", "Object", "ClusterRole ClusterRoleBinding Role RoleBinding"},
    {"rbac.authorization.k8s.io/v1beta1", "Object", "ClusterRole ClusterRoleBinding Role RoleBinding"},
    {"scheduling.k8s.io/v1", "Object", "PriorityClass"},
    {"scheduling.k8s.io/v1beta1", "Object", "PriorityClass"},
    {"storage.k8s.io/v1", "Object", "CSIDriver StorageClass VolumeAttachment"},
    {"storage.k8s.io/v1", "CSINode", "CSINode"},
    {"storage.k8s.io/v1beta1", "Object", "CSIDriver CSIStorageCapacity StorageClass VolumeAttachment"},
    {"storage.k8s.io/v1beta1", "CSINode", "CSINode"},
    {"v1", "ComponentStatus", "ComponentStatus"},
    {"v1", "Node", "Node"},
    {"v1", "Object", "Binding ConfigMap Endpoints Event LimitRange PersistentVolume ResourceQuota Secret"},
    {"v1", "ObjectWithStatus", "Namespace PersistentVolumeClaim"},
    {"v1", "Pod", "Pod"},
    {"v1", "PodTemplate", "PodTemplate"},
    {"v1", "Service", "Service"},
    {"v1", "ServiceAccount", "ServiceAccount"},
    {"v1", "Workload", "ReplicationController"},
};

/// The names of the definitions that have one of the types above, separated by spaces. References can only lead to
/// these; the others hold nothing that merges.
struct DefinitionRow {
  std::string_view package;
  std::string_view type;
  std::string_view names;
};

constexpr DefinitionRow kDefinitions[] = {
    {"io.k8s.apimachinery.pkg.apis.meta.v1.", "ObjectMeta", "ObjectMeta"},
    {"io.k8s.api.core.v1.", "PodTemplateSpec", "PodTemplateSpec"},
    {"io.k8s.api.core.v1.", "PodSpec", "PodSpec"},
    {"io.k8s.api.core.v1.", "PodStatus", "PodStatus"},
    {"io.k8s.api.core.v1.", "Container", "Container"},
    {"io.k8s.api.core.v1.", "EphemeralContainer", "EphemeralContainer"},
    {"io.k8s.api.core.v1.", "Volume", "Volume"},
    {"io.k8s.api.core.v1.", "EphemeralVolumeSource", "EphemeralVolumeSource"},
    {"io.k8s.api.core.v1.", "ClaimTemplate", "PersistentVolumeClaimTemplate"},
    {"io.k8s.api.core.v1.", "ServiceSpec", "ServiceSpec"},
    {"io.k8s.api.core.v1.", "NodeSpec", "NodeSpec"},
    {"io.k8s.api.core.v1.", "NodeStatus", "NodeStatus"},
    {"io.k8s.api.core.v1.", "WorkloadSpec", "ReplicationControllerSpec"},
    {"io.k8s.api.core.v1.", "Pod", "Pod"},
    {"io.k8s.api.core.v1.", "PodTemplate", "PodTemplate"},
    {"io.k8s.api.core.v1.", "Service", "Service"},
    {"io.k8s.api.core.v1.", "ServiceAccount", "ServiceAccount"},
    {"io.k8s.api.core.v1.", "ObjectWithStatus", "Namespace PersistentVolumeClaim"},
    {"io.k8s.api.core.v1.", "Object", "ConfigMap Secret"},
    {"io.k8s.api.apps.v1.", "WorkloadSpec", "DaemonSetSpec DeploymentSpec ReplicaSetSpec StatefulSetSpec"},
    {"io.k8s.api.apps.v1.", "Workload", "DaemonSet Deployment ReplicaSet StatefulSet"},
    {"io.k8s.api.batch.v1.", "WorkloadSpec", "JobSpec"},
    {"io.k8s.api.batch.v1.", "JobTemplateSpec", "JobTemplateSpec"},
    {"io.k8s.api.batch.v1.", "CronJobSpec", "CronJobSpec"},
    {"io.k8s.api.batch.v1.", "Workload", "Job"},
    {"io.k8s.api.batch.v1.", "CronJob", "CronJob"},
};

/// Calls `visit` with each part between separators.
template <class Visit>
void for_each_part(std::string_view text, char separator, Visit visit) {
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    visit(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

class BuiltInTypes {
 public:
  explicit BuiltInTypes(SchemaBuilder& builder) : builder_(builder), opaque_(&builder.make()) {
    for (const auto& row : kFields) add_field(row);
    for (const auto& row : kKinds) add_kinds(row);
    for (const auto& row : kDefinitions) add_definitions(row);
  }

 private:
  /// The type of that name. Its fields that have no row are known, and hold nothing that merges.
  FieldSchema* type(std::string_view name) {
    auto& type = types_[name];
    if (type == nullptr) {
      type = &builder_.make();
      SchemaBuilder::set_other_fields(*type, opaque_);
    }
    return type;
  }

  void add_field(const FieldRow& row) {
    auto* const content = row.field_type.empty() ? opaque_ : type(row.field_type);
    SchemaBuilder::add_field(*type(row.type), row.field, row.keys.empty() ? content : list_of(content, row.keys));
  }

  FieldSchema* list_of(const FieldSchema* items, std::string_view keys) {
    auto& list = builder_.make();
    std::vector<std::string> names;
    if (keys != "*") for_each_part(keys, ',', [&](std::string_view key) { names.emplace_back(key); });
    SchemaBuilder::set_items(list, items);
    SchemaBuilder::set_merge(list, std::move(names));
    return &list;
  }

  void add_kinds(const KindRow& row) {
    for_each_part(row.kinds, ' ',
                  [&](std::string_view kind) { builder_.add_type(row.api_version, kind, type(row.type)); });
  }

  void add_definitions(const DefinitionRow& row) {
    for_each_part(row.names, ' ', [&](std::string_view name) {
      builder_.add_definition(std::string(row.package) + std::string(name), type(row.type));
    });
  }

  SchemaBuilder& builder_;
  FieldSchema* opaque_;
  std::map<std::string_view, FieldSchema*> types_;
};

}  // namespace

void add_built_in(SchemaBuilder& builder) { BuiltInTypes types(builder); }

const Schema& Schema::built_in() {
  static const Schema schema = [] {
    SchemaBuilder builder;
    add_built_in(builder);
    return std::move(builder).finish();
  }();
  return schema;
}

}  // namespace reconciler::kustomize
