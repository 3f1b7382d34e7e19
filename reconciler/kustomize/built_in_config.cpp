#include <string>

#include "kustomize/transformer_config.h"

namespace reconciler::kustomize {
namespace {

using Kinds = std::initializer_list<Gvk>;
using Paths = std::initializer_list<std::string_view>;

// Where a workload keeps its pod's metadata and spec.
struct Workload {
  Gvk type;
  std::string_view pod;  // The path of the pod template; "" for the object itself.
};

constexpr Workload kPod{{"", "", "Pod"}, ""};
constexpr Workload kPodTemplate{{"", "", "PodTemplate"}, "template/"};
constexpr Workload kDeployment{{"", "", "Deployment"}, "spec/template/"};
constexpr Workload kReplicaSet{{"", "", "ReplicaSet"}, "spec/template/"};
constexpr Workload kReplicationController{{"", "", "ReplicationController"}, "spec/template/"};
constexpr Workload kDaemonSet{{"", "", "DaemonSet"}, "spec/template/"};
constexpr Workload kStatefulSet{{"", "", "StatefulSet"}, "spec/template/"};
constexpr Workload kJob{{"", "", "Job"}, "spec/template/"};
constexpr Workload kCronJob{{"", "", "CronJob"}, "spec/jobTemplate/spec/template/"};

constexpr const char* kRbac = "rbac.authorization.k8s.io";
constexpr const char* kAdmission = "admissionregistration.k8s.io";

class Builder {
 public:
  // Paths of tables are built at run time and live as long as the program.
  explicit Builder(yaml::Arena& arena) : arena_(arena) {}

  void add(FieldSpecs& specs, const Gvk& type, std::string_view path, bool create = false) {
    specs.push_back(make_field_spec(type, arena_.copy(path), create, arena_));
  }
  void add_below(FieldSpecs& specs, std::initializer_list<Workload> workloads, Paths paths) {
    for (const Workload& workload : workloads) {
      for (const auto path : paths) add(specs, workload.type, std::string(workload.pod) + std::string(path));
    }
  }

 private:
  yaml::Arena& arena_;
};

void add_label_selectors(Builder& b, FieldSpecs& specs) {
  b.add(specs, {"", "v1", "Service"}, "spec/selector", true);
  b.add(specs, {"", "v1", "ReplicationController"}, "spec/selector", true);
  for (const Gvk& type :
       Kinds{{"", "", "Deployment"}, {"", "", "ReplicaSet"}, {"", "", "DaemonSet"}, {"apps", "", "StatefulSet"}}) {
    b.add(specs, type, "spec/selector/matchLabels", true);
  }
  for (const Gvk& type : Kinds{{"apps", "", "Deployment"}, {"apps", "", "StatefulSet"}}) {
    const std::string affinity = "spec/template/spec/affinity/";
    for (const std::string kind : {"podAffinity/", "podAntiAffinity/"}) {
      b.add(specs, type,
            affinity + kind +
                "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels");
      b.add(specs, type, affinity + kind + "requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels");
    }
    b.add(specs, type, "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels");
  }
  b.add(specs, {"batch", "", "Job"}, "spec/selector/matchLabels");
  b.add(specs, {"batch", "", "CronJob"}, "spec/jobTemplate/spec/selector/matchLabels");
  b.add(specs, {"policy", "", "PodDisruptionBudget"}, "spec/selector/matchLabels");
  for (const auto path : Paths{"spec/podSelector/matchLabels", "spec/ingress/from/podSelector/matchLabels",
                               "spec/egress/to/podSelector/matchLabels"}) {
    b.add(specs, {"networking.k8s.io", "", "NetworkPolicy"}, path);
  }
}

// The object's own metadata and that of its templates; `map` is labels or annotations.
void add_metadata(Builder& b, FieldSpecs& specs, const std::string& map, const Gvk& stateful_set) {
  b.add(specs, {}, "metadata/" + map, true);
  for (const Gvk& type : {Gvk{"", "v1", "ReplicationController"}, Gvk{"", "", "Deployment"}, Gvk{"", "", "ReplicaSet"},
                          Gvk{"", "", "DaemonSet"}, stateful_set, Gvk{"batch", "", "Job"}}) {
    b.add(specs, type, "spec/template/metadata/" + map, true);
  }
  b.add(specs, {"batch", "", "CronJob"}, "spec/jobTemplate/metadata/" + map, true);
  b.add(specs, {"batch", "", "CronJob"}, "spec/jobTemplate/spec/template/metadata/" + map, true);
}

void add_labels(Builder& b, FieldSpecs& specs) {
  add_metadata(b, specs, "labels", {"apps", "", "StatefulSet"});
  b.add(specs, {"apps", "", "StatefulSet"}, "spec/volumeClaimTemplates[]/metadata/labels", true);
}

FieldSpecs config_map_referrers(Builder& b) {
  FieldSpecs specs;
  b.add_below(
      specs,
      {{{"", "v1", "Pod"}, ""}, kPodTemplate, kDeployment, kReplicaSet, kDaemonSet, kStatefulSet, kJob, kCronJob},
      {"spec/volumes/configMap/name", "spec/containers/env/valueFrom/configMapKeyRef/name",
       "spec/initContainers/env/valueFrom/configMapKeyRef/name", "spec/containers/envFrom/configMapRef/name",
       "spec/initContainers/envFrom/configMapRef/name", "spec/volumes/projected/sources/configMap/name"});
  b.add(specs, {"", "", "Node"}, "spec/configSource/configMap");
  b.add(specs, {"", "", "Role"}, "rules/resourceNames");
  b.add(specs, {"", "", "ClusterRole"}, "rules/resourceNames");
  b.add(specs, {"", "", "Ingress"}, "metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap");
  return specs;
}

FieldSpecs secret_referrers(Builder& b) {
  FieldSpecs specs;
  b.add_below(
      specs,
      {{{"", "v1", "Pod"}, ""}, kPodTemplate, kDeployment, kReplicaSet, kDaemonSet, kStatefulSet, kJob, kCronJob},
      {"spec/volumes/secret/secretName", "spec/containers/env/valueFrom/secretKeyRef/name",
       "spec/initContainers/env/valueFrom/secretKeyRef/name", "spec/containers/envFrom/secretRef/name",
       "spec/initContainers/envFrom/secretRef/name", "spec/imagePullSecrets/name",
       "spec/volumes/projected/sources/secret/name"});
  b.add(specs, {"", "", "Ingress"}, "spec/tls/secretName");
  for (const auto name : Paths{"ingress.kubernetes.io\\/auth-secret", "nginx.ingress.kubernetes.io\\/auth-secret",
                               "nginx.ingress.kubernetes.io\\/auth-tls-secret"}) {
    b.add(specs, {"", "", "Ingress"}, "metadata/annotations/" + std::string(name));
  }
  b.add(specs, {"", "", "ServiceAccount"}, "imagePullSecrets/name");
  for (const auto name : Paths{"secretName", "adminSecretName", "userSecretName", "secretRef"}) {
    b.add(specs, {"", "", "StorageClass"}, "parameters/" + std::string(name));
  }
  b.add(specs, {"", "", "Role"}, "rules/resourceNames");
  b.add(specs, {"", "", "ClusterRole"}, "rules/resourceNames");
  b.add(specs, {"serving.knative.dev", "v1", "Service"},
        "spec/template/spec/containers/env/valueFrom/secretKeyRef/name");
  b.add(specs, {"", "", "PersistentVolume"}, "spec/azureFile/secretName");
  return specs;
}

FieldSpecs service_referrers(Builder& b) {
  FieldSpecs specs;
  b.add(specs, {"apps", "", "StatefulSet"}, "spec/serviceName");
  for (const auto path : Paths{"spec/rules/http/paths/backend/serviceName", "spec/backend/serviceName",
                               "spec/rules/http/paths/backend/service/name", "spec/defaultBackend/service/name"}) {
    b.add(specs, {"", "", "Ingress"}, path);
  }
  b.add(specs, {"apiregistration.k8s.io", "", "APIService"}, "spec/service/name");
  b.add(specs, {kAdmission, "", "ValidatingWebhookConfiguration"}, "webhooks/clientConfig/service");
  b.add(specs, {kAdmission, "", "MutatingWebhookConfiguration"}, "webhooks/clientConfig/service");
  return specs;
}

// One field of the pod spec, in the kinds that the reference lists for it.
FieldSpecs pod_referrers(Builder& b, std::string_view path) {
  FieldSpecs specs;
  b.add_below(specs, {kPod, kStatefulSet, kDeployment, kReplicationController, kCronJob, kJob, kDaemonSet}, {path});
  return specs;
}

FieldSpecs fields(Builder& b, std::initializer_list<std::pair<Gvk, std::string_view>> list) {
  FieldSpecs specs;
  for (const auto& [type, path] : list) b.add(specs, type, path);
  return specs;
}

void add_name_references(Builder& b, std::vector<NameReference>& references) {
  for (const char* scaled : {"Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"}) {
    references.push_back(
        {{"", "", scaled}, fields(b, {{{"", "", "HorizontalPodAutoscaler"}, "spec/scaleTargetRef/name"}})});
  }
  references.push_back({{"", "v1", "ConfigMap"}, config_map_referrers(b)});
  references.push_back({{"", "v1", "Secret"}, secret_referrers(b)});
  references.push_back({{"", "v1", "Service"}, service_referrers(b)});
  references.push_back({{kRbac, "", "Role"}, fields(b, {{{kRbac, "", "RoleBinding"}, "roleRef/name"}})});
  references.push_back(
      {{kRbac, "", "ClusterRole"},
       fields(b, {{{kRbac, "", "RoleBinding"}, "roleRef/name"}, {{kRbac, "", "ClusterRoleBinding"}, "roleRef/name"}})});
  FieldSpecs accounts =
      fields(b, {{{kRbac, "", "RoleBinding"}, "subjects"}, {{kRbac, "", "ClusterRoleBinding"}, "subjects"}});
  for (const FieldSpec& spec : pod_referrers(b, "spec/serviceAccountName")) accounts.push_back(spec);
  references.push_back({{"", "v1", "ServiceAccount"}, std::move(accounts)});
  references.push_back(
      {{"", "v1", "PersistentVolumeClaim"}, pod_referrers(b, "spec/volumes/persistentVolumeClaim/claimName")});
  references.push_back({{"", "v1", "PersistentVolume"},
                        fields(b, {{{"", "", "PersistentVolumeClaim"}, "spec/volumeName"},
                                   {{"", "", "ClusterRole"}, "rules/resourceNames"}})});
  references.push_back({{"storage.k8s.io", "v1", "StorageClass"},
                        fields(b, {{{"", "", "PersistentVolume"}, "spec/storageClassName"},
                                   {{"", "", "PersistentVolumeClaim"}, "spec/storageClassName"},
                                   {{"", "", "StatefulSet"}, "spec/volumeClaimTemplates/spec/storageClassName"}})});
  references.push_back({{"scheduling.k8s.io", "v1", "PriorityClass"}, pod_referrers(b, "spec/priorityClassName")});
  // The reference's table says "networking.k8s.io/v1" for the group, which no object has.
  references.push_back(
      {{"networking.k8s.io/v1", "v1", "IngressClass"}, fields(b, {{{"", "", "Ingress"}, "spec/ingressClassName"}})});
  references.push_back({{kAdmission, "", "ValidatingAdmissionPolicy"},
                        fields(b, {{{kAdmission, "", "ValidatingAdmissionPolicyBinding"}, "spec/policyName"}})});
}

void add_var_references(Builder& b, FieldSpecs& specs) {
  const std::initializer_list<Workload> workloads = {kCronJob, kDaemonSet,  kDeployment, kJob,
                                                     kPod,     kReplicaSet, kStatefulSet};
  for (const std::string containers : {"spec/containers/", "spec/initContainers/"}) {
    for (const std::string field : {"args", "command", "env/value", "volumeMounts/mountPath"}) {
      b.add_below(specs, workloads, {containers + field});
    }
  }
  b.add_below(specs, {kDaemonSet, kDeployment, kJob, kPod, kReplicaSet}, {"spec/volumes/nfs/server"});
  b.add_below(specs, {kCronJob}, {"volumes/nfs/server"});
  b.add(specs, {"", "", "StatefulSet"}, "spec/volumeClaimTemplates/spec/nfs/server");
  b.add(specs, {"", "", "Deployment"}, "spec/template/metadata/annotations");
  for (const auto path : Paths{"spec/rules/host", "spec/tls/hosts", "spec/tls/secretName"})
    b.add(specs, {"", "", "Ingress"}, path);
  for (const auto path : Paths{"spec/ports/port", "spec/ports/targetPort"}) b.add(specs, {"", "", "Service"}, path);
  b.add(specs, {"", "", "PersistentVolume"}, "spec/nfs/server");
  b.add(specs, {}, "metadata/labels");
  b.add(specs, {}, "metadata/annotations");
}

void add_images_and_replicas(Builder& b, TransformerConfig& config) {
  for (const std::string pod : {"spec/", "spec/template/spec/"}) {
    for (const std::string field : {"containers[]/image", "initContainers[]/image", "volumes[]/image/reference"}) {
      b.add(config.images, {}, pod + field, true);
    }
  }
  for (const char* kind : {"Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"}) {
    b.add(config.replicas, {"", "", kind}, "spec/replicas", true);
  }
}

TransformerConfig make_built_in(yaml::Arena& arena) {
  Builder b(arena);
  TransformerConfig config;
  b.add(config.name_prefix, {}, "metadata/name");
  b.add(config.name_suffix, {}, "metadata/name");
  b.add(config.namespace_, {"", "", "Namespace"}, "metadata/name", true);
  b.add(config.namespace_, {"apiregistration.k8s.io", "", "APIService"}, "spec/service/namespace", true);
  b.add(config.namespace_, {"apiextensions.k8s.io", "", "CustomResourceDefinition"},
        "spec/conversion/webhook/clientConfig/service/namespace");
  add_label_selectors(b, config.common_labels);
  add_labels(b, config.common_labels);
  add_labels(b, config.template_labels);
  add_metadata(b, config.common_annotations, "annotations", {"", "", "StatefulSet"});
  add_var_references(b, config.var_references);
  add_name_references(b, config.name_references);
  add_images_and_replicas(b, config);
  return config;
}

}  // namespace

const SharedConfig& built_in_config() {
  static yaml::Arena arena;
  static const SharedConfig config = [] {
    TransformerConfig tables = make_built_in(arena);
    sort_config(tables);
    return std::make_shared<const TransformerConfig>(std::move(tables));
  }();
  return config;
}

}  // namespace reconciler::kustomize
