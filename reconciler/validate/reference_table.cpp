#include "validate/reference_table.h"

#include <array>

namespace reconciler::validate {
namespace {

constexpr std::string_view kAny;
constexpr std::string_view kRbac = "rbac.authorization.k8s.io";
constexpr std::string_view kWebhooks = "admissionregistration.k8s.io";
constexpr std::string_view kMonitoring = "monitoring.coreos.com";
constexpr std::string_view kGateway = "gateway.networking.k8s.io";
constexpr std::string_view kMonitors = "ServiceMonitor|PodMonitor";
constexpr std::string_view kPrometheus = "Prometheus|PrometheusAgent";
constexpr std::string_view kMongo = "mongodbcommunity.mongodb.com";

constexpr auto kPodReferences = std::to_array<ReferenceRow>({
    {kAny, kAny, "containers|initContainers|ephemeralContainers/env/valueFrom/configMapKeyRef", "", "ConfigMap", "name",
     "key"},
    {kAny, kAny, "containers|initContainers|ephemeralContainers/env/valueFrom/secretKeyRef", "", "Secret", "name",
     "key"},
    {kAny, kAny, "containers|initContainers|ephemeralContainers/envFrom/configMapRef", "", "ConfigMap"},
    {kAny, kAny, "containers|initContainers|ephemeralContainers/envFrom/secretRef", "", "Secret"},
    {kAny, kAny, "volumes/configMap", "", "ConfigMap", "name", "items/key"},
    {kAny, kAny, "volumes/secret", "", "Secret", "secretName", "items/key"},
    {kAny, kAny, "volumes/projected/sources/configMap", "", "ConfigMap", "name", "items/key"},
    {kAny, kAny, "volumes/projected/sources/secret", "", "Secret", "name", "items/key"},
    {kAny, kAny, "volumes/persistentVolumeClaim", "", "PersistentVolumeClaim", "claimName"},
    {kAny, kAny, "volumes/ephemeral/volumeClaimTemplate/spec", "storage.k8s.io", "StorageClass", "storageClassName"},
    {kAny, kAny, "volumes/csi/nodePublishSecretRef", "", "Secret"},
    {kAny, kAny, "volumes/csi/volumeAttributes", "secrets-store.csi.x-k8s.io", "SecretProviderClass",
     "secretProviderClass"},
    {kAny, kAny, "volumes/azureFile", "", "Secret", "secretName"},
    {kAny, kAny, "volumes/cephfs|cinder|flexVolume|iscsi|rbd|scaleIO|storageos/secretRef", "", "Secret"},
    {kAny, kAny, "imagePullSecrets", "", "Secret"},
    {kAny, kAny, "serviceAccountName|serviceAccount", "", "ServiceAccount"},
    {kAny, kAny, "priorityClassName", "scheduling.k8s.io", "PriorityClass"},
    {kAny, kAny, "runtimeClassName", "node.k8s.io", "RuntimeClass"},
    {kAny, kAny, "resourceClaims", "resource.k8s.io", "ResourceClaim", "resourceClaimName"},
    {kAny, kAny, "resourceClaims", "resource.k8s.io", "ResourceClaimTemplate", "resourceClaimTemplateName"},
});

constexpr auto kObjectReferences = std::to_array<ReferenceRow>({
    {"", "PersistentVolumeClaim", "spec/storageClassName", "storage.k8s.io", "StorageClass"},
    {"", "ServiceAccount", "imagePullSecrets", "", "Secret"},
    {"apps", "StatefulSet", "spec/serviceName", "", "Service"},
    {"apps", "StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName", "storage.k8s.io", "StorageClass"},
    {"autoscaling", "HorizontalPodAutoscaler", "spec/scaleTargetRef", "", ""},
    {"autoscaling", "HorizontalPodAutoscaler", "spec/metrics/object/describedObject", "", ""},
    {kRbac, "RoleBinding|ClusterRoleBinding", "roleRef", "", ""},
    {kRbac, "RoleBinding|ClusterRoleBinding", "subjects", "", ""},
    {"extensions", "Ingress", "spec/backend", "", "Service", "serviceName", "servicePort"},
    {"extensions", "Ingress", "spec/rules/http/paths/backend", "", "Service", "serviceName", "servicePort"},
    {"networking.k8s.io", "Ingress", "spec/defaultBackend/service", "", "Service", "name", "port/name|number"},
    {"networking.k8s.io", "Ingress", "spec/rules/http/paths/backend/service", "", "Service", "name",
     "port/name|number"},
    {"networking.k8s.io", "Ingress", "spec/rules/http/paths/backend/resource", "", ""},
    {"networking.k8s.io", "Ingress", "spec/backend", "", "Service", "serviceName", "servicePort"},
    {"networking.k8s.io", "Ingress", "spec/rules/http/paths/backend", "", "Service", "serviceName", "servicePort"},
    {"networking.k8s.io", "Ingress", "spec/tls", "", "Secret", "secretName", "", "tls.crt,tls.key"},
    {kGateway, "HTTPRoute|GRPCRoute|TCPRoute|TLSRoute|UDPRoute", "spec/rules/backendRefs", "", "Service", "name",
     "port"},
    {kGateway, "HTTPRoute|GRPCRoute", "spec/rules/filters/requestMirror/backendRef", "", "Service", "name", "port"},
    {kGateway, "Gateway", "spec/listeners/tls/certificateRefs", "", "Secret"},
    {kWebhooks, "MutatingWebhookConfiguration|ValidatingWebhookConfiguration", "webhooks/clientConfig/service", "",
     "Service", "name", "port", "443"},
    {"apiregistration.k8s.io", "APIService", "spec/service", "", "Service", "name", "port", "443"},
    {"apiextensions.k8s.io", "CustomResourceDefinition", "spec/conversion/webhook/clientConfig/service", "", "Service",
     "name", "port", "443"},

    {kMonitoring, kMonitors, "spec/endpoints|podMetricsEndpoints/basicAuth/username|password", "", "Secret", "name",
     "key"},
    {kMonitoring, kMonitors, "spec/endpoints|podMetricsEndpoints/authorization/credentials", "", "Secret", "name",
     "key"},
    {kMonitoring, kMonitors, "spec/endpoints|podMetricsEndpoints/bearerTokenSecret", "", "Secret", "name", "key"},
    {kMonitoring, kMonitors, "spec/endpoints|podMetricsEndpoints/tlsConfig/ca|cert/secret", "", "Secret", "name",
     "key"},
    {kMonitoring, kMonitors, "spec/endpoints|podMetricsEndpoints/tlsConfig/ca|cert/configMap", "", "ConfigMap", "name",
     "key"},
    {kMonitoring, kMonitors, "spec/endpoints|podMetricsEndpoints/tlsConfig/keySecret", "", "Secret", "name", "key"},
    {kMonitoring, kMonitors, "spec/endpoints|podMetricsEndpoints/oauth2/clientSecret", "", "Secret", "name", "key"},
    {kMonitoring, "Probe|ScrapeConfig", "spec/basicAuth/username|password", "", "Secret", "name", "key"},
    {kMonitoring, kPrometheus,
     "spec/additionalScrapeConfigs|additionalAlertRelabelConfigs|additionalAlertManagerConfigs", "", "Secret", "name",
     "key"},
    {kMonitoring, kPrometheus, "spec/alerting/alertmanagers", "", "Service", "name", "port"},
    {kMonitoring, kPrometheus, "spec/remoteWrite|remoteRead/basicAuth/username|password", "", "Secret", "name", "key"},
    {kMonitoring, kPrometheus, "spec/remoteWrite|remoteRead/authorization/credentials", "", "Secret", "name", "key"},
    {kMonitoring, "Prometheus|PrometheusAgent|Alertmanager|ThanosRuler", "spec/secrets", "", "Secret"},
    {kMonitoring, "Prometheus|PrometheusAgent|Alertmanager|ThanosRuler", "spec/configMaps", "", "ConfigMap"},
    {kMonitoring, "Prometheus|PrometheusAgent|Alertmanager|ThanosRuler",
     "spec/storage/volumeClaimTemplate/spec/storageClassName", "storage.k8s.io", "StorageClass"},
    {kMonitoring, "Alertmanager", "spec/configSecret", "", "Secret", "name", "", "alertmanager.yaml"},
    {kMonitoring, "Alertmanager", "spec/alertmanagerConfiguration", kMonitoring, "AlertmanagerConfig"},

    {"minio.min.io", "Tenant", "spec/configuration", "", "Secret", "name", "", "config.env"},
    {"minio.min.io", "Tenant", "spec/users", "", "Secret", "name", "", "CONSOLE_ACCESS_KEY,CONSOLE_SECRET_KEY"},
    {"minio.min.io", "Tenant", "spec/credsSecret", "", "Secret", "name", "", "accesskey,secretkey"},
    {"minio.min.io", "Tenant", "spec/externalCertSecret|externalCaCertSecret|externalClientCertSecrets", "", "Secret"},
    {"minio.min.io", "Tenant", "spec/imagePullSecret", "", "Secret"},
    {"minio.min.io", "Tenant", "spec/serviceAccountName", "", "ServiceAccount"},
    {"minio.min.io", "Tenant", "spec/priorityClassName", "scheduling.k8s.io", "PriorityClass"},
    {"minio.min.io", "Tenant", "spec/env/valueFrom/secretKeyRef", "", "Secret", "name", "key"},
    {"minio.min.io", "Tenant", "spec/env/valueFrom/configMapKeyRef", "", "ConfigMap", "name", "key"},
    {"minio.min.io", "Tenant", "spec/pools/volumeClaimTemplate/spec/storageClassName", "storage.k8s.io",
     "StorageClass"},
    {kMongo, "MongoDBCommunity", "spec/users/passwordSecretRef", "", "Secret", "name", "key", "password"},
    {kMongo, "MongoDBCommunity", "spec/prometheus/passwordSecretRef", "", "Secret", "name", "key", "password"},
    {kMongo, "MongoDBCommunity", "spec/security/tls/certificateKeySecretRef|caCertificateSecretRef", "", "Secret"},
    {kMongo, "MongoDBCommunity", "spec/security/tls/caConfigMapRef", "", "ConfigMap"},
    {kMongo, "MongoDBCommunity", "spec/statefulSet/spec/volumeClaimTemplates/spec/storageClassName", "storage.k8s.io",
     "StorageClass"},
    {"acid.zalan.do", "postgresql", "spec/env/valueFrom/secretKeyRef", "", "Secret", "name", "key"},
    {"acid.zalan.do", "postgresql", "spec/env/valueFrom/configMapKeyRef", "", "ConfigMap", "name", "key"},
    {"acid.zalan.do", "postgresql", "spec/sidecars/env/valueFrom/secretKeyRef", "", "Secret", "name", "key"},
    {"acid.zalan.do", "postgresql", "spec/tls", "", "Secret", "secretName"},
    {"acid.zalan.do", "postgresql", "spec/volume/storageClass", "storage.k8s.io", "StorageClass"},
    {"acid.zalan.do", "postgresql", "spec/podPriorityClassName", "scheduling.k8s.io", "PriorityClass"},
    {"acid.zalan.do", "OperatorConfiguration", "configuration/kubernetes/pod_service_account_name", "",
     "ServiceAccount"},
    {"mysql.oracle.com", "InnoDBCluster", "spec/secretName", "", "Secret", "name", "", "rootUser,rootPassword"},

    {"argoproj.io", "Rollout", "spec/strategy/canary/canaryService|stableService", "", "Service"},
    {"argoproj.io", "Rollout", "spec/strategy/blueGreen/activeService|previewService", "", "Service"},
    {"autoscaling.k8s.io", "VerticalPodAutoscaler", "spec/targetRef", "", ""},
    {"cert-manager.io", "Certificate", "spec/issuerRef", "cert-manager.io", "Issuer"},
    {"cert-manager.io", "Issuer", "spec/ca", "", "Secret", "secretName", "", "tls.crt,tls.key"},
    {"external-secrets.io", "ExternalSecret", "spec/secretStoreRef", "external-secrets.io", "SecretStore"},
    {"keda.sh", "ScaledObject", "spec/scaleTargetRef", "apps", "Deployment"},
    {"keda.sh", "ScaledObject|ScaledJob", "spec/triggers/authenticationRef", "keda.sh", "TriggerAuthentication"},
    {"keda.sh", "TriggerAuthentication", "spec/secretTargetRef", "", "Secret", "name", "key"},
});

}  // namespace

std::span<const ReferenceRow> pod_references() { return kPodReferences; }
std::span<const ReferenceRow> object_references() { return kObjectReferences; }

}  // namespace reconciler::validate
