#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/file_tree.h"
#include "base/result.h"
#include "object/manifest.h"

namespace reconciler::controller {

/// Renders overlays and keeps the last rendering of each environment, so that a commit with the same files costs
/// nothing. Thread-safe; several environments render at once.
class Renderer {
 public:
  /// What the overlay at `path` means. Errors: kInvalid with the file and line of each cause.
  Result<std::shared_ptr<const Rendered>> render(const std::string& environment, const FileTree& tree,
                                                 const TreePath& path);
  void forget(const std::string& environment);

 private:
  struct Kept {
    std::string content_id;  ///< Of the whole tree: an overlay may name any file of it.
    TreePath path;
    std::shared_ptr<const Rendered> rendered;
  };
  std::shared_ptr<const Rendered> find(const std::string& environment, const std::string& content_id,
                                       const TreePath& path);

  std::mutex mutex_;
  std::map<std::string, Kept> kept_;  ///< Guarded by mutex_.
};

}  // namespace reconciler::controller
