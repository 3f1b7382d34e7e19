#pragma once

#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "kube/cluster.h"
#include "support/cluster/test_cluster.h"

namespace reconciler::test {

/// The real control plane of a test executable, with simulated nodes and with all of `deploy/` but its Deployment: the
/// definition, the service's account and exactly its rights. `deploy/` is rendered by our own binary. Thread-safe.
class ControlPlane {
 public:
  /// Started at the first call, shared by all tests of the executable.
  static ControlPlane& shared();

  const TestCluster& server() const { return server_; }
  /// What the service is given: the ServiceAccount of `deploy/`.
  std::string service_kubeconfig() const { return server_.folder() + "/cluster/service-account.kubeconfig"; }
  /// The administrator's connection.
  kube::Cluster& admin() const { return *admin_; }

  /// A live object as the API server has it; nothing when it does not exist. `kind` is `v1/ConfigMap` or
  /// `apps/v1/Deployment`.
  std::optional<nlohmann::json> get(const std::string& kind, const std::string& namespace_,
                                    const std::string& name) const;
  bool exists(const std::string& kind, const std::string& namespace_, const std::string& name) const;
  /// All objects of a kind in a namespace, by name.
  std::map<std::string, nlohmann::json> list(const std::string& kind, const std::string& namespace_) const;
  /// A merge patch by another field manager, as `kubectl edit` makes it.
  void edit(const std::string& kind, const std::string& namespace_, const std::string& name,
            const nlohmann::json& patch) const;
  /// Deletes it; in the background, as kubectl does.
  void remove(const std::string& kind, const std::string& namespace_, const std::string& name) const;
  /// Lets the service manage a further kind, as `deploy/rbac-manages.yaml` tells people to.
  void allow(const std::string& group, const std::string& plural) const;
  /// Applies manifests as the administrator.
  void apply(const std::string& manifests) const;
  std::string kubectl(const std::string& arguments) const { return server_.kubectl(arguments); }

 private:
  ControlPlane();
  void install_deploy() const;

  TestCluster server_{TestCluster::Parts::kWithNodes};
  std::unique_ptr<kube::Cluster> admin_;
};

}  // namespace reconciler::test
