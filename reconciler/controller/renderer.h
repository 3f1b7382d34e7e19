#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/file_tree.h"
#include "base/result.h"
#include "kustomize/build.h"
#include "kustomize/manifest_cache.h"

namespace reconciler::controller {

/// Renders overlays and keeps the last rendering of each environment, so that a commit that leaves the folders of the
/// overlay and its bases as they were costs nothing, and one that changes a file reads that file. Thread-safe; several
/// environments render at once.
class Renderer {
 public:
  explicit Renderer(kustomize::Options options) : options_(std::move(options)) {
    options_.manifest_cache = &manifest_cache_;
  }

  /// What the overlay at `path` means. With `anew`, remote bases that follow a branch, and web files, are looked at
  /// again; else that happens with a new commit only. Errors: as kustomize::build().
  Result<std::shared_ptr<const kustomize::Rendering>> render(const std::string& environment, const FileTree& tree,
                                                             const TreePath& path, bool anew);
  void forget(const std::string& environment);

 private:
  struct Kept {
    std::string content_id;  ///< Of the whole tree.
    TreePath path;
    std::shared_ptr<const kustomize::Rendering> rendering;
  };
  /// The rendering of an earlier commit that is that of `tree`, too; null when there is none.
  std::shared_ptr<const kustomize::Rendering> find(const std::string& environment, const FileTree& tree,
                                                   const TreePath& path, bool anew);

  kustomize::ManifestCache manifest_cache_;
  kustomize::Options options_;
  std::mutex mutex_;
  std::map<std::string, Kept> kept_;  ///< Guarded by mutex_.
};

}  // namespace reconciler::controller
