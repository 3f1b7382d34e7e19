#include "support/e2e/manifests.h"

#include "base/digest.h"

namespace reconciler::test {

std::string config_map(const std::string& name, const std::string& value) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + name + "\ndata:\n  key: \"" + value + "\"\n";
}

std::string secret(const std::string& name, const std::string& value) {
  return "apiVersion: v1\nkind: Secret\nmetadata:\n  name: " + name + "\ndata:\n  encoded: " + base64(value) +
         "\nstringData:\n  plain: \"" + value + "\"\n";
}

std::string deployment(const std::string& name, int replicas) {
  return "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: " + name +
         "\nspec:\n  replicas: " + std::to_string(replicas) + "\n  selector:\n    matchLabels:\n      app: " + name +
         "\n  template:\n    metadata:\n      labels:\n        app: " + name +
         "\n    spec:\n      containers:\n        - name: main\n          image: example.org/idle:1\n";
}

std::string namespace_manifest(const std::string& name) {
  return "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: " + name +
         "\n  annotations:\n    gitops.spira.dev/prune: confirmed\n";
}

Files overlay(const std::string& namespace_, const Files& manifests, const std::string& more) {
  Files files = manifests;
  std::string list;
  for (const auto& [name, text] : manifests) list += "  - " + name + "\n";
  files["kustomization.yaml"] = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n" +
                                (namespace_.empty() ? "" : "namespace: " + namespace_ + "\n") +
                                (list.empty() ? "resources: []\n" : "resources:\n" + list) + more;
  return files;
}

std::string environment_file(const std::string& name, const std::string& branch, const std::string& path,
                             const std::string& more) {
  return "apiVersion: gitops.spira.dev/v1alpha1\nkind: Environment\nmetadata:\n  name: " + name +
         "\nspec:\n  source:\n    branch: " + branch + "\n    path: " + path + "\n" + more;
}

std::string with_waiting_pods(std::string manifest, const std::string& reason, const std::string& message) {
  std::string annotations = "      annotations:\n        tests.gitops.spira.dev/waiting: " + reason + "\n";
  if (!message.empty()) annotations += "        tests.gitops.spira.dev/message: '" + message + "'\n";
  return manifest.insert(manifest.find("      labels:\n"), annotations);
}

}  // namespace reconciler::test
