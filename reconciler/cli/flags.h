#pragma once

#include <memory>
#include <string>

#include "base/file_tree.h"
#include "cli/console.h"
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

/// Which files a verb reads: those of a folder on disk, or those of a commit.
struct SourceFlags {
  std::string repository;  ///< A local repository; "" is the one around the current folder.
  std::string revision;    ///< "" reads the folder on disk.
};
/// `--repo DIR --revision REV`.
void add_source(CLI::App& verb, SourceFlags& flags);

/// A tree of files and the place in it that was asked for.
struct OpenSource {
  std::shared_ptr<const FileTree> tree;
  TreePath path;
};
/// The folder `path` in the commit, relative to the repository's root; or on disk, in a tree whose root is the file
/// system's, so that bases may lie anywhere. Errors: kNotFound, also for what is no folder; kInvalid.
Result<OpenSource> open_source(const SourceFlags& flags, const std::string& path);
/// The whole repository: the commit's root, or the folder on disk as the root.
Result<OpenSource> open_root(const SourceFlags& flags);

}  // namespace reconciler::cli
