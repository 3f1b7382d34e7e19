#pragma once

#include <memory>
#include <string>

#include "base/file_tree.h"
#include "front/verb.h"
#include "kustomize/build.h"

namespace CLI {
class App;
}

namespace reconciler::cli {

/// Which files a verb reads: those of a folder on disk, or those of a commit.
struct SourceFlags {
  std::string repository;  ///< A local repository; "" is the one around the current folder.
  std::string revision;    ///< "" reads the folder on disk.
};
/// `--repo DIR --revision REV`. The referenced value must live until the verb ran.
void add_source(CLI::App& verb, SourceFlags& flags);

/// A tree of files and the place in it that was asked for.
struct OpenSource {
  std::shared_ptr<const FileTree> tree;
  TreePath path;
};
/// What a rendering may use of the outside.
struct RenderingFlags {
  std::string helm_command = "helm";
  bool enable_helm = false;
  bool no_remote = false;
  std::string remote_hosts;  ///< With commas; "" allows all.
  std::string cache_dir;     ///< "" follows $XDG_CACHE_HOME.
};
/// `--enable-helm --helm-command PROGRAM --no-remote --remote-hosts LIST --cache-dir DIR`. The referenced value must
/// live until the verb ran.
void add_rendering(CLI::App& verb, RenderingFlags& flags);

/// Where `build` gets what is not a file on disk. Must outlive the parsing and the verb.
class Outside {
 public:
  virtual ~Outside() = default;
  /// The files of a commit. Errors: kNotFound.
  virtual Result<std::shared_ptr<const FileTree>> revision(const SourceFlags& flags) = 0;
  /// What brings remote bases, as the flags allow; owned by this.
  virtual kustomize::RemoteBases* remote_bases(const RenderingFlags& flags) = 0;
};

/// The folder `path` in the commit, relative to the repository's root; or on disk, in a tree whose root is the file
/// system's, so that bases may lie anywhere. Errors: kNotFound, also for what is no folder; kInvalid.
Result<OpenSource> open_source(const SourceFlags& flags, const std::string& path, Outside& outside);

/// Adds the verb `build` to the program; it sets `chosen` when the command line names it.
void add_build(CLI::App& app, Chosen& chosen, Outside& outside);

}  // namespace reconciler::cli
