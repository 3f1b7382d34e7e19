#include "validate/pods.h"

#include <array>

#include "validate/fields.h"

namespace reconciler::validate {
namespace {

struct Place {
  std::string_view group;
  std::string_view kind;
  std::string_view spec;
  std::string_view metadata;  ///< From the object's root.
  bool is_partial = false;
};

constexpr auto kPlaces = std::to_array<Place>({
    {"", "Pod", "spec", "metadata"},
    {"", "PodTemplate", "template/spec", "template/metadata"},
    {"", "ReplicationController", "spec/template/spec", "spec/template/metadata"},
    {"apps", "DaemonSet", "spec/template/spec", "spec/template/metadata"},
    {"apps", "Deployment", "spec/template/spec", "spec/template/metadata"},
    {"apps", "ReplicaSet", "spec/template/spec", "spec/template/metadata"},
    {"apps", "StatefulSet", "spec/template/spec", "spec/template/metadata"},
    {"batch", "CronJob", "spec/jobTemplate/spec/template/spec", "spec/jobTemplate/spec/template/metadata"},
    {"batch", "Job", "spec/template/spec", "spec/template/metadata"},
    {"extensions", "DaemonSet", "spec/template/spec", "spec/template/metadata"},
    {"extensions", "Deployment", "spec/template/spec", "spec/template/metadata"},
    {"extensions", "ReplicaSet", "spec/template/spec", "spec/template/metadata"},
    {"apps.openshift.io", "DeploymentConfig", "spec/template/spec", "spec/template/metadata"},
    {"argoproj.io", "Rollout", "spec/template/spec", "spec/template/metadata"},
    {"serving.knative.dev", "Service", "spec/template/spec", "spec/template/metadata", true},
    {"mongodbcommunity.mongodb.com", "MongoDBCommunity", "spec/statefulSet/spec/template/spec",
     "spec/statefulSet/spec/template/metadata", true},
    {"monitoring.coreos.com", "Alertmanager", "spec", "spec/podMetadata", true},
    {"monitoring.coreos.com", "Prometheus", "spec", "spec/podMetadata", true},
    {"monitoring.coreos.com", "PrometheusAgent", "spec", "spec/podMetadata", true},
    {"monitoring.coreos.com", "ThanosRuler", "spec", "spec/podMetadata", true},
});

}  // namespace

void for_each_pod_template(const GroupKind& type, const yaml::Node& root,
                           const std::function<void(const PodTemplate&)>& use) {
  for (const auto& place : kPlaces) {
    if (place.kind != type.kind || place.group != type.group) continue;
    const yaml::Node* metadata = nullptr;
    visit(root, place.metadata, [&](const yaml::Node& node, const std::string&) { metadata = &node; });
    visit(root, place.spec,
          [&](const yaml::Node& spec, const std::string& field) { use({&spec, metadata, field, place.is_partial}); });
  }
}

}  // namespace reconciler::validate
