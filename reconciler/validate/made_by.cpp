#include "validate/made_by.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "validate/fields.h"

namespace reconciler::validate {
namespace {

using yaml::Node;

/// What an operator makes: a declaration in which `<path>` stands for the text at a path of the object. A row without
/// one of its texts makes nothing.
struct Row {
  std::string_view group;
  std::string_view kind;
  std::string_view declaration;
};

constexpr auto kRows = std::to_array<Row>({
    {"acid.zalan.do", "postgresql",
     "Service/<metadata/name>{application=spilo,cluster-name=<metadata/name>,spilo-role=master}[postgresql:5432],"
     "Service/<metadata/name>-repl{application=spilo,cluster-name=<metadata/name>,spilo-role=replica}[postgresql:5432],"
     "Pod/<metadata/name>-0{application=spilo,cluster-name=<metadata/name>}[5432,8008]"},
    {"bitnami.com", "SealedSecret", "Secret/<metadata/name>"},
    {"cert-manager.io", "Certificate", "Secret/<spec/secretName>[tls.crt,tls.key,ca.crt]"},
    {"external-secrets.io", "ExternalSecret", "Secret/<metadata/name>"},
    {"external-secrets.io", "ExternalSecret", "Secret/<spec/target/name>"},
    {"kafka.strimzi.io", "Kafka",
     "Service/<metadata/name>-kafka-bootstrap,Service/<metadata/name>-kafka-brokers,"
     "Secret/<metadata/name>-cluster-ca-cert,Secret/<metadata/name>-clients-ca-cert"},
    {"minio.min.io", "Tenant",
     "Service/minio{v1.min.io/tenant=<metadata/name>}[http-minio:80,https-minio:443],"
     "Service/<metadata/name>-hl{v1.min.io/tenant=<metadata/name>}[http-minio:9000,https-minio:9000],"
     "Service/<metadata/name>-console[http-console:9090,https-console:9443],"
     "Pod/<metadata/name>-0{v1.min.io/tenant=<metadata/name>,v1.min.io/console=<metadata/"
     "name>-console}[9000,9090,9443]"},
    {"mongodbcommunity.mongodb.com", "MongoDBCommunity",
     "Service/<metadata/name>-svc{app=<metadata/name>-svc}[mongodb:27017,prometheus:9216],"
     "Pod/<metadata/name>-0{app=<metadata/name>-svc}[27017,9216]"},
    {"monitoring.coreos.com", "Alertmanager",
     "Service/alertmanager-operated{operated-alertmanager=true}[web:9093,tcp-mesh:9094,udp-mesh:9094],"
     "Pod/alertmanager-<metadata/name>-0{alertmanager=<metadata/name>,app.kubernetes.io/name=alertmanager,"
     "app.kubernetes.io/instance=<metadata/name>,app.kubernetes.io/managed-by=prometheus-operator}"
     "[web:9093,mesh-tcp:9094,mesh-udp:9094,reloader-web:8080]"},
    {"monitoring.coreos.com", "Prometheus",
     "Service/prometheus-operated{operated-prometheus=true}[web:9090],"
     "Pod/prometheus-<metadata/name>-0{prometheus=<metadata/name>,app.kubernetes.io/name=prometheus,"
     "app.kubernetes.io/instance=<metadata/name>,app.kubernetes.io/managed-by=prometheus-operator,"
     "operator.prometheus.io/name=<metadata/name>}[web:9090,reloader-web:8080]"},
});

std::optional<std::string> filled(std::string_view declaration, const Node& root) {
  std::string text;
  for (;;) {
    const auto from = declaration.find('<');
    text += declaration.substr(0, from);
    if (from == std::string_view::npos) return text;
    const auto to = declaration.find('>', from);
    const auto value = text_at(root, declaration.substr(from + 1, to - from - 1));
    if (value.empty()) return std::nullopt;
    text += value;
    declaration.remove_prefix(to + 1);
  }
}

/// cert-manager makes the certificates of an Ingress or Gateway that asks for it by annotation.
bool asks_for_certificates(const Node& root) {
  const Node* annotations = root.find_path({"metadata", "annotations"});
  if (annotations == nullptr) return false;
  return std::ranges::any_of(annotations->entries(), [](const yaml::Entry& entry) {
    const auto name = entry.key->text();
    return name.starts_with("cert-manager.io/") || name == "kubernetes.io/tls-acme";
  });
}

/// The Secret that OpenShift makes of a Service's serving certificate; "" when none is asked for.
std::string_view serving_certificate(const Node& root) {
  const Node* annotations = root.find_path({"metadata", "annotations"});
  return annotations == nullptr ? "" : annotations->text_of("service.beta.openshift.io/serving-cert-secret-name");
}

}  // namespace

void for_each_made_object(const GroupKind& type, const Node& root,
                          const std::function<void(const std::string& declaration)>& use) {
  for (const auto& row : kRows) {
    if (row.kind != type.kind || row.group != type.group) continue;
    if (const auto declaration = filled(row.declaration, root)) use(*declaration);
  }
  if (const auto secret = serving_certificate(root); type.kind == "Service" && !secret.empty())
    use("Secret/" + std::string(secret) + "[tls.crt,tls.key]");
  if ((type.kind != "Ingress" && type.kind != "Gateway") || !asks_for_certificates(root)) return;
  for (const char* path : {"spec/tls/secretName", "spec/listeners/tls/certificateRefs/name"}) {
    visit(root, path, [&](const Node& name, const std::string&) {
      if (!name.text().empty()) use("Secret/" + std::string(name.text()) + "[tls.crt,tls.key,ca.crt]");
    });
  }
}

}  // namespace reconciler::validate
