#include "support/e2e/control_plane.h"

#include <fstream>
#include <stdexcept>

#include <unistd.h>

#include "support/e2e/wait.h"

namespace reconciler::test {
namespace {

const std::string kSource = RECONCILER_SOURCE_DIR;
const std::string kBinary = RECONCILER_BINARY;

struct Kind {
  std::string api_version;
  GroupKind type;
};

Kind parse(const std::string& kind) {
  const auto slash = kind.rfind('/');
  const auto api_version = kind.substr(0, slash);
  return {api_version, {std::string(group_of(api_version)), kind.substr(slash + 1)}};
}

ObjectKey key_of(const Kind& kind, const std::string& namespace_, const std::string& name) {
  return {kind.type, namespace_, name};
}

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// The documents of `deploy/` without the Deployment: the service runs beside the test, and nobody wants a second one.
std::string without_deployment(const std::string& manifests) {
  std::string kept;
  for (std::size_t begin = 0; begin < manifests.size();) {
    const auto end = std::min(manifests.find("\n---\n", begin), manifests.size());
    const auto document = manifests.substr(begin, end - begin);
    if (document.find("kind: Deployment\n") == std::string::npos) kept += document + "\n---\n";
    begin = end + 5;
  }
  return kept;
}

}  // namespace

ControlPlane& ControlPlane::shared() {
  static ControlPlane plane;
  return plane;
}

ControlPlane::ControlPlane() {
  admin_ = server_.connect();
  install_deploy();
}

void ControlPlane::install_deploy() const {
  apply(without_deployment(run("'" + kBinary + "' build '" + kSource + "/deploy'")));
  kubectl("wait --for=condition=Established customresourcedefinition/environments.gitops.spira.dev --timeout=60s");
  run("'" + kSource + "/tests/cluster/cluster.sh' service-account-kubeconfig --dir '" + server_.folder() + "/cluster'");
  // The controller manager fills in the rules of the aggregated role.
  wait_until("the service may list ConfigMaps", [this] {
    const auto role = get("rbac.authorization.k8s.io/v1/ClusterRole", "", "spira-reconciler-manages");
    return role && !role->at("rules").is_null();
  });
}

std::optional<nlohmann::json> ControlPlane::get(const std::string& kind, const std::string& namespace_,
                                                const std::string& name) const {
  const auto parsed = parse(kind);
  auto object = admin_->get(key_of(parsed, namespace_, name), parsed.api_version, kube::Projection::kFull);
  if (!object && object.error().kind == ErrorKind::kNotFound) return std::nullopt;
  return must(std::move(object));
}

bool ControlPlane::exists(const std::string& kind, const std::string& namespace_, const std::string& name) const {
  return get(kind, namespace_, name).has_value();
}

std::map<std::string, nlohmann::json> ControlPlane::list(const std::string& kind, const std::string& namespace_) const {
  const auto parsed = parse(kind);
  kube::ListRequest request;
  request.type = parsed.type;
  request.namespace_ = namespace_;
  std::map<std::string, nlohmann::json> objects;
  must(admin_->list(request, [&](Json&& object) {
    const std::string name = object["metadata"]["name"];
    objects[name] = std::move(object);
  }));
  return objects;
}

void ControlPlane::edit(const std::string& kind, const std::string& namespace_, const std::string& name,
                        const nlohmann::json& patch) const {
  const auto parsed = parse(kind);
  kube::PatchRequest request;
  request.key = key_of(parsed, namespace_, name);
  request.api_version = parsed.api_version;
  request.body = patch.dump();
  request.field_manager = "kubectl-edit";
  must(admin_->patch(request));
}

void ControlPlane::remove(const std::string& kind, const std::string& namespace_, const std::string& name) const {
  const auto parsed = parse(kind);
  kube::RemoveRequest request;
  request.key = key_of(parsed, namespace_, name);
  request.api_version = parsed.api_version;
  must(admin_->remove(request));
}

void ControlPlane::allow(const std::string& group, const std::string& plural) const {
  apply("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: e2e-manages-" + plural +
        "\n  labels:\n    gitops.spira.dev/aggregate-to-reconciler: \"true\"\nrules:\n  - apiGroups: [\"" + group +
        "\"]\n    resources: [" + plural + "]\n    verbs: [get, list, watch, create, patch, delete]\n");
  wait_until("the service may manage " + plural, [&] {
    const auto role = get("rbac.authorization.k8s.io/v1/ClusterRole", "", "spira-reconciler-manages");
    return role && role->at("rules").dump().find('"' + plural + '"') != std::string::npos;
  });
}

void ControlPlane::apply(const std::string& manifests) const {
  const auto file = server_.folder() + "/apply-" + std::to_string(getpid()) + ".yaml";
  std::ofstream(file) << manifests;
  kubectl("apply --server-side --force-conflicts -f '" + file + "'");
}

}  // namespace reconciler::test
