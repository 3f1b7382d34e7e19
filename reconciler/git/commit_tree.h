#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/file_tree.h"
#include "git/object_store.h"

// Private to this module.
namespace reconciler::git {

/// The files of one commit. Folders are parsed once and kept; files are read each time.
class CommitTree final : public FileTree {
 public:
  CommitTree(std::shared_ptr<ObjectStore> store, const git_oid& root) : store_(std::move(store)), root_(root) {}

  Result<std::optional<EntryKind>> kind(const TreePath& path) const override;
  Result<TreePath> resolve(const TreePath& path) const override;
  Result<TreeFile> read(const TreePath& path, const TreePath& within, std::size_t max_bytes) const override;
  Result<std::vector<std::string>> list(const TreePath& path) const override;
  std::optional<std::string> content_id(const TreePath& path) const override;

 private:
  struct Entry {
    std::string name;
    git_filemode_t mode;
    git_oid id;
  };
  using Folder = std::vector<Entry>;  // sorted by name

  struct Node {
    TreePath path;
    git_filemode_t mode;
    git_oid id;
  };
  class Walk;

  /// What stands at `path` when every link is followed; nothing when there is nothing.
  Result<std::optional<Node>> find(const TreePath& path) const;
  Result<Node> get(const TreePath& path) const;
  Result<std::shared_ptr<const Folder>> folder(const git_oid& id) const;
  /// The content of a blob. Errors: kInvalid when it is larger than `max_bytes`, found before it is read.
  Result<std::string> blob(const Node& node, std::size_t max_bytes) const;

  const std::shared_ptr<ObjectStore> store_;
  const git_oid root_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::shared_ptr<const Folder>> folders_;  // by id; guarded by mutex_
};

}  // namespace reconciler::git
