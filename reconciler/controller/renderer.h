#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/file_tree.h"
#include "base/result.h"
#include "kustomize/build.h"

namespace reconciler::controller {

/// Renders overlays and keeps the last rendering of each environment, so that a commit with the same files costs
/// nothing. Thread-safe; several environments render at once.
class Renderer {
 public:
  explicit Renderer(const kustomize::Options& options) : options_(options) {}

  /// What the overlay at `path` means. With `anew`, remote bases that follow a branch, and web files, are looked at
  /// again; else that happens with a new commit only. Errors: as kustomize::build().
  Result<std::shared_ptr<const kustomize::Rendering>> render(const std::string& environment, const FileTree& tree,
                                                             const TreePath& path, bool anew);
  void forget(const std::string& environment);

 private:
  struct Kept {
    std::string content_id;  ///< Of the whole tree: an overlay may name any file of it.
    TreePath path;
    std::shared_ptr<const kustomize::Rendering> rendering;
  };
  std::shared_ptr<const kustomize::Rendering> find(const std::string& environment, const std::string& content_id,
                                                   const TreePath& path);

  const kustomize::Options options_;
  std::mutex mutex_;
  std::map<std::string, Kept> kept_;  ///< Guarded by mutex_.
};

}  // namespace reconciler::controller
