#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/file_tree.h"
#include "git/object_store.h"
#include "git/repository.h"

// Private to this module.
namespace reconciler::git {

/// The files of one commit. Folders are parsed once and kept; files are read each time.
class CommitTree final : public FileTree {
 public:
  /// `generation` is of the files that `root` was found in.
  CommitTree(std::shared_ptr<ObjectStore> store, const git_oid& root, std::uint64_t generation, Submodules submodules)
      : store_(std::move(store)), root_(root), generation_(generation), submodules_(std::move(submodules)) {}

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
    const CommitTree* tree;  ///< Whose object it is: this one, or that of a submodule.
    std::size_t begin;       ///< Where in `path` the paths of `tree` begin.
    TreePath path;           ///< In this tree.
    git_filemode_t mode;
    git_oid id;
  };
  class Walk;

  /// What stands at `path` when every link is followed; nothing when there is nothing.
  Result<std::optional<Node>> find(const TreePath& path) const;
  Result<Node> get(const TreePath& path) const;
  Result<std::shared_ptr<const Folder>> folder(const git_oid& id) const;
  Result<std::shared_ptr<const Folder>> parse_folder(const ObjectStore::Lease& lease, const git_oid& id) const;
  /// The content of a blob. Errors: kInvalid when it is larger than `max_bytes`, found before it is read.
  static Result<std::string> blob(const Node& node, std::size_t max_bytes);
  /// The error of an object that cannot be read. Files that were replaced since need not have it: that is no damage.
  Error damage(const ObjectStore::Lease& lease, int code, const git_oid& id) const;

  /// The tree of the submodule at `path` (of this tree alone), brought once.
  Result<const CommitTree*> submodule(const TreePath& path, const git_oid& commit) const;
  Result<std::shared_ptr<const CommitTree>> bring(const TreePath& path, const std::string& commit) const;
  /// By path in this tree.
  Result<std::map<TreePath, std::string>> submodule_urls() const;

  const std::shared_ptr<ObjectStore> store_;
  const git_oid root_;
  const std::uint64_t generation_;
  const Submodules submodules_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::shared_ptr<const Folder>> folders_;   // by id; guarded by mutex_
  mutable std::map<TreePath, std::shared_ptr<const CommitTree>> brought_;  // by path; guarded by mutex_
};

}  // namespace reconciler::git
