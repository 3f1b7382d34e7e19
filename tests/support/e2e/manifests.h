#pragma once

#include <string>

#include "support/e2e/git_repository.h"

namespace reconciler::test {

/// The texts that tests put into Git. Objects name no namespace: their overlay does.

std::string config_map(const std::string& name, const std::string& value);
/// A Secret that holds `value` once as it is (stringData) and once in base 64 (data).
std::string secret(const std::string& name, const std::string& value);
/// A Deployment of pods that do nothing.
std::string deployment(const std::string& name, int replicas);
/// A namespace that may be pruned.
std::string namespace_manifest(const std::string& name);

/// The files of an overlay: the manifests, each in a file of its own, and the kustomization.yaml that lists them.
/// `more` is appended to the kustomization.
Files overlay(const std::string& namespace_, const Files& manifests, const std::string& more = "");

/// A file of `environments/`. `more` is appended to the spec, indented by two.
std::string environment_file(const std::string& name, const std::string& branch, const std::string& path,
                             const std::string& more = "");

/// The workload with pods that wait for a reason, for ever (tests/cluster/pods/stages.yaml).
std::string with_waiting_pods(std::string manifest, const std::string& reason, const std::string& message = "");

}  // namespace reconciler::test
