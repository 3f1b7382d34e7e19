#pragma once

#include <memory>
#include <string>

#include "base/file_tree.h"
#include "front/build.h"
#include "http/client.h"

namespace CLI {
class App;
}

// Options that several verbs share. Each call adds them to a verb; the referenced value must live until the verb ran.
namespace reconciler::cli {

/// `--output text|json`.
void add_output(CLI::App& verb, OutputFormat& format);

/// How to reach the cluster, with the names that kubectl has for it.
struct ClusterFlags {
  std::string kubeconfig;  ///< "" follows $KUBECONFIG, ~/.kube/config and the pod's service account.
  std::string context;     ///< "" takes the current one.
};
/// `--kubeconfig FILE --context NAME`.
void add_cluster(CLI::App& verb, ClusterFlags& flags);

/// `--server URL --token-file FILE`, each also from the environment: RECONCILER_SERVER, RECONCILER_TOKEN_FILE.
void add_service(CLI::App& verb, http::ClientOptions& options);

/// The files of a commit. Errors: kNotFound.
Result<std::shared_ptr<const FileTree>> open_revision(const SourceFlags& flags);
/// The whole repository: the commit's root, or the folder on disk as the root.
Result<OpenSource> open_root(const SourceFlags& flags);

}  // namespace reconciler::cli
