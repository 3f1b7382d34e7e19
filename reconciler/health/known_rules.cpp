#include "health/table.h"

namespace reconciler::health {
namespace {

using enum HealthStatus;
using Values = std::map<HealthStatus, std::vector<std::string>>;

/// A condition whose False is no passing state: its controller says Unknown, or another condition, while it works.
const Values kMustBeTrue{{kHealthy, {"True"}}, {kProgressing, {"Unknown"}}, {kDegraded, {"False"}}};
const Values kSuspendedWhenTrue{{kSuspended, {"true", "True"}}};

/// The fields and words are those of the operators' own definitions.
const std::vector<HealthRule>& table() {
  static const std::vector<HealthRule> kTable{
      // Kubernetes itself, where one field says it.
      {{"networking.k8s.io", "Ingress"}, "/status/loadBalancer/ingress/*/ip", {{kHealthy, {"*"}}}, ""},
      {{"networking.k8s.io", "Ingress"}, "/status/loadBalancer/ingress/*/hostname", {{kHealthy, {"*"}}}, ""},
      {{"batch", "CronJob"}, "/spec/suspend", kSuspendedWhenTrue, ""},
      // Too few pods is what a budget is for; only one that cannot be computed is broken.
      {{"policy", "PodDisruptionBudget"},
       "/status/conditions/DisruptionAllowed/reason",
       {{kDegraded, {"SyncFailed"}}},
       ""},
      {{"gateway.networking.k8s.io", "GatewayClass"}, "/status/conditions/Accepted/status", kMustBeTrue, ""},
      {{"gateway.networking.k8s.io", "Gateway"}, "/status/conditions/Accepted/status", {{kDegraded, {"False"}}}, ""},
      {{"gateway.networking.k8s.io", "Gateway"},
       "/status/conditions/Programmed/status",
       {{kHealthy, {"True"}}, {kProgressing, {"False", "Unknown"}}},
       ""},
      {{"gateway.networking.k8s.io", "*"},
       "/status/parents/*/conditions/ResolvedRefs/status",
       {{kDegraded, {"False"}}},
       ""},
      {{"gateway.networking.k8s.io", "HTTPRoute"}, "/status/parents/*/conditions/Accepted/status", kMustBeTrue, ""},
      {{"gateway.networking.k8s.io", "GRPCRoute"}, "/status/parents/*/conditions/Accepted/status", kMustBeTrue, ""},
      {{"gateway.networking.k8s.io", "TLSRoute"}, "/status/parents/*/conditions/Accepted/status", kMustBeTrue, ""},
      {{"snapshot.storage.k8s.io", "VolumeSnapshot"}, "/status/error/message", {{kDegraded, {"*"}}}, ""},
      {{"snapshot.storage.k8s.io", "VolumeSnapshot"}, "/status/readyToUse", {{kHealthy, {"true"}}}, ""},

      // Storage and databases.
      {{"minio.min.io", "Tenant"},
       "/status/currentState",
       {{kDegraded,
         {"Statefulset not controlled by operator", "Another MinIO Tenant already exists in the namespace",
          "Tenant credentials are not set properly", "Different versions across MinIO Pools",
          "Different versions across MinIO Zones", "Pool Decommissioning Not Allowed"}}},
       ""},
      {{"minio.min.io", "Tenant"},
       "/status/healthStatus",
       {{kDegraded, {"red"}}, {kProgressing, {"yellow"}}},
       "/status/healthMessage"},
      {{"minio.min.io", "Tenant"}, "/status/currentState", {{kHealthy, {"Initialized"}}}, ""},
      {{"mongodbcommunity.mongodb.com", "MongoDBCommunity"},
       "/status/phase",
       {{kHealthy, {"Running"}}, {kProgressing, {"Pending"}}, {kDegraded, {"Failed"}}},
       "/status/message"},
      {{"acid.zalan.do", "postgresql"},
       "/status/PostgresClusterStatus",
       {{kHealthy, {"Running"}},
        {kProgressing, {"Creating", "Updating", "Syncing"}},
        {kDegraded, {"CreateFailed", "UpdateFailed", "SyncFailed", "Invalid"}}},
       ""},
      {{"mysql.oracle.com", "InnoDBCluster"},
       "/status/cluster/status",
       {{kHealthy, {"ONLINE"}},
        {kProgressing, {"PENDING", "INITIALIZING", "ONLINE_PARTIAL", "ONLINE_UNCERTAIN", "FINALIZING"}},
        {kDegraded,
         {"OFFLINE", "OFFLINE_UNCERTAIN", "NO_QUORUM", "NO_QUORUM_UNCERTAIN", "SPLIT_BRAIN", "SPLIT_BRAIN_UNCERTAIN",
          "INVALID", "UNKNOWN"}}},
       ""},
      {{"postgresql.cnpg.io", "Cluster"}, "/status/conditions/Ready/status", {{kHealthy, {"True"}}}, "/status/phase"},
      {{"kafka.strimzi.io", "Kafka"}, "/status/conditions/NotReady/reason", {{kProgressing, {"Creating"}}}, ""},
      {{"kafka.strimzi.io", "Kafka"}, "/status/conditions/NotReady/status", {{kDegraded, {"True"}}}, ""},
      {{"kafka.strimzi.io", "Kafka"}, "/status/conditions/Ready/status", {{kHealthy, {"True"}}}, ""},
      {{"rabbitmq.com", "RabbitmqCluster"}, "/status/conditions/ReconcileSuccess/status", {{kDegraded, {"False"}}}, ""},
      {{"rabbitmq.com", "RabbitmqCluster"},
       "/status/conditions/AllReplicasReady/status",
       {{kHealthy, {"True"}}, {kProgressing, {"False", "Unknown"}}},
       ""},
      {{"elasticsearch.k8s.elastic.co", "Elasticsearch"},
       "/status/health",
       {{kHealthy, {"green"}}, {kProgressing, {"yellow", "unknown"}}, {kDegraded, {"red"}}},
       ""},

      // Monitoring.
      {{"monitoring.coreos.com", "Prometheus"}, "/spec/paused", kSuspendedWhenTrue, ""},
      {{"monitoring.coreos.com", "Prometheus"}, "/status/conditions/Reconciled/status", {{kDegraded, {"False"}}}, ""},
      {{"monitoring.coreos.com", "Prometheus"},
       "/status/conditions/Available/status",
       {{kHealthy, {"True"}}, {kProgressing, {"False", "Unknown"}}, {kDegraded, {"Degraded"}}},
       ""},
      {{"monitoring.coreos.com", "Alertmanager"}, "/spec/paused", kSuspendedWhenTrue, ""},
      {{"monitoring.coreos.com", "Alertmanager"}, "/status/conditions/Reconciled/status", {{kDegraded, {"False"}}}, ""},
      {{"monitoring.coreos.com", "Alertmanager"},
       "/status/conditions/Available/status",
       {{kHealthy, {"True"}}, {kProgressing, {"False", "Unknown"}}, {kDegraded, {"Degraded"}}},
       ""},

      // Chaos Mesh. A schedule makes the others, and is itself no more than paused or not.
      {{"chaos-mesh.org", "*"}, "/metadata/annotations/experiment.chaos-mesh.org~1pause", kSuspendedWhenTrue, ""},
      {{"chaos-mesh.org", "Schedule"}, "/kind", {{kHealthy, {"*"}}}, ""},
      {{"chaos-mesh.org", "StatusCheck"}, "/kind", {{kHealthy, {"*"}}}, ""},
      {{"chaos-mesh.org", "PhysicalMachine"}, "/kind", {{kHealthy, {"*"}}}, ""},
      {{"chaos-mesh.org", "RemoteCluster"}, "/kind", {{kHealthy, {"*"}}}, ""},
      {{"chaos-mesh.org", "Workflow"}, "/status/conditions/Accomplished/status", {{kHealthy, {"True"}}}, ""},
      {{"chaos-mesh.org", "*"}, "/status/conditions/Paused/status", kSuspendedWhenTrue, ""},
      {{"chaos-mesh.org", "*"}, "/status/conditions/Selected/status", {{kDegraded, {"False"}}}, ""},
      {{"chaos-mesh.org", "*"}, "/status/conditions/AllInjected/status", {{kHealthy, {"True"}}}, ""},
      {{"chaos-mesh.org", "*"}, "/status/experiment/desiredPhase", {{kHealthy, {"Stop"}}}, ""},

      // Certificates and secrets.
      {{"cert-manager.io", "Certificate"}, "/status/conditions/Issuing/status", {{kProgressing, {"True"}}}, ""},
      {{"cert-manager.io", "Certificate"}, "/status/conditions/Ready/status", kMustBeTrue, ""},
      {{"cert-manager.io", "CertificateRequest"}, "/status/conditions/Ready/reason", {{kProgressing, {"Pending"}}}, ""},
      {{"cert-manager.io", "*"}, "/status/conditions/Ready/status", kMustBeTrue, ""},
      {{"external-secrets.io", "ExternalSecret"}, "/status/conditions/Ready/status", kMustBeTrue, ""},
      {{"external-secrets.io", "SecretStore"}, "/status/conditions/Ready/status", kMustBeTrue, ""},
      {{"external-secrets.io", "ClusterSecretStore"}, "/status/conditions/Ready/status", kMustBeTrue, ""},
      {{"bitnami.com", "SealedSecret"}, "/status/conditions/Synced/status", kMustBeTrue, ""},

      // Delivery and scaling.
      {{"argoproj.io", "Rollout"},
       "/status/phase",
       {{kHealthy, {"Healthy"}}, {kProgressing, {"Progressing"}}, {kSuspended, {"Paused"}}, {kDegraded, {"Degraded"}}},
       "/status/message"},
      {{"argoproj.io", "Application"},
       "/status/health/status",
       {{kHealthy, {"Healthy"}},
        {kProgressing, {"Progressing", "Unknown"}},
        {kSuspended, {"Suspended"}},
        {kDegraded, {"Degraded", "Missing"}}},
       "/status/health/message"},
      {{"argoproj.io", "Workflow"},
       "/status/phase",
       {{kHealthy, {"Succeeded"}}, {kProgressing, {"Pending", "Running"}}, {kDegraded, {"Failed", "Error"}}},
       "/status/message"},
      {{"kustomize.toolkit.fluxcd.io", "*"}, "/spec/suspend", kSuspendedWhenTrue, ""},
      {{"kustomize.toolkit.fluxcd.io", "*"}, "/status/conditions/Ready/status", kMustBeTrue, ""},
      {{"helm.toolkit.fluxcd.io", "*"}, "/spec/suspend", kSuspendedWhenTrue, ""},
      {{"helm.toolkit.fluxcd.io", "*"}, "/status/conditions/Ready/status", kMustBeTrue, ""},
      {{"source.toolkit.fluxcd.io", "*"}, "/spec/suspend", kSuspendedWhenTrue, ""},
      {{"source.toolkit.fluxcd.io", "*"}, "/status/conditions/Ready/status", kMustBeTrue, ""},
      {{"image.toolkit.fluxcd.io", "*"}, "/spec/suspend", kSuspendedWhenTrue, ""},
      {{"image.toolkit.fluxcd.io", "*"}, "/status/conditions/Ready/status", kMustBeTrue, ""},
      {{"keda.sh", "ScaledObject"}, "/status/conditions/Paused/status", kSuspendedWhenTrue, ""},
      {{"keda.sh", "ScaledObject"}, "/status/conditions/Ready/status", kMustBeTrue, ""},
      {{"serving.knative.dev", "*"}, "/status/conditions/Ready/status", kMustBeTrue, ""},
  };
  return kTable;
}

}  // namespace

const std::vector<HealthRule>& known_rules() { return table(); }

}  // namespace reconciler::health
