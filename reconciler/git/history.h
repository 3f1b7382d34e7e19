#pragma once

#include <memory>
#include <optional>
#include <string>

#include "git/object_store.h"
#include "git/repository.h"

// Private to this module.
namespace reconciler::git {

/// What Repository promises, read from a repository on disk.
class History {
 public:
  /// `name` is how the repository is called in errors.
  History(std::string name, std::shared_ptr<ObjectStore> store) : name_(std::move(name)), store_(std::move(store)) {}

  const std::string& name() const { return name_; }
  const std::shared_ptr<ObjectStore>& store() const { return store_; }

  Result<std::optional<Commit>> head(const std::string& branch) const;
  Result<Commit> commit(const std::string& revision) const;
  Result<std::shared_ptr<const FileTree>> tree(const std::string& commit_id, const Submodules& submodules) const;
  Result<bool> is_ancestor(const std::string& ancestor, const std::string& descendant) const;
  Result<std::optional<std::string>> merge_base(const std::string& one, const std::string& other) const;

 private:
  Result<std::optional<Commit>> read_head(const ObjectStore::Lease& lease, const std::string& branch) const;
  Result<Commit> read_revision(const ObjectStore::Lease& lease, const std::string& revision) const;
  Error no_commit(const std::string& id) const;

  const std::string name_;
  const std::shared_ptr<ObjectStore> store_;
};

/// An interface whose reading half is a History.
template <class Interface>
class WithHistory : public Interface {
 public:
  explicit WithHistory(History history) : history_(std::move(history)) {}

  const std::string& name() const override { return history_.name(); }
  Result<std::optional<Commit>> head(const std::string& branch) const override { return history_.head(branch); }
  Result<Commit> commit(const std::string& revision) const override { return history_.commit(revision); }
  using Interface::tree;
  Result<std::shared_ptr<const FileTree>> tree(const std::string& commit_id, Submodules submodules) const override {
    return history_.tree(commit_id, submodules);
  }
  Result<bool> is_ancestor(const std::string& ancestor, const std::string& descendant) const override {
    return history_.is_ancestor(ancestor, descendant);
  }
  Result<std::optional<std::string>> merge_base(const std::string& one, const std::string& other) const override {
    return history_.merge_base(one, other);
  }

 protected:
  ObjectStore& store() const { return *history_.store(); }

 private:
  const History history_;
};

/// Errors: kNotFound, kInternal.
Result<Commit> read_commit(git_repository* repository, const git_oid& id);

}  // namespace reconciler::git
