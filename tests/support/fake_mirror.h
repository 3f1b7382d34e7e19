#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "git/repository.h"
#include "support/memory_tree.h"

namespace reconciler::test {

/// The remote behind a FakeMirror, as the test holds it: what it has, whether it answers, and who asked. Thread-safe.
class FakeRemote {
 public:
  void set_head(const std::string& branch, const std::string& commit) {
    const std::scoped_lock lock(mutex_);
    heads_[branch] = {commit, "subject of " + commit, "Ann <ann@example.org>", {}};
  }
  void remove_branch(const std::string& branch) {
    const std::scoped_lock lock(mutex_);
    heads_.erase(branch);
  }
  /// What a commit holds.
  void set_files(const std::string& commit, std::map<TreePath, std::string> files) {
    const std::scoped_lock lock(mutex_);
    trees_[commit] = std::make_shared<const MemoryTree>(std::move(files));
  }
  /// Every look fails so from now on; without an error they succeed again.
  void fail_with(std::optional<Error> error) {
    const std::scoped_lock lock(mutex_);
    error_ = std::move(error);
  }
  /// Called, on the looker's thread, when a look begins. Set before the first.
  void on_look(std::function<void()> on_look) { on_look_ = std::move(on_look); }
  /// Holds every look that begins from now on, until `release`.
  void hold() {
    const std::scoped_lock lock(mutex_);
    held_ = true;
  }
  void release() {
    const std::scoped_lock lock(mutex_);
    held_ = false;
    news_.notify_all();
  }

  /// The branches that each look has asked for, in order.
  std::vector<std::vector<std::string>> looks() const {
    const std::scoped_lock lock(mutex_);
    return looks_;
  }
  /// Waits until so many looks have begun.
  void wait_for_looks(std::size_t count) const {
    std::unique_lock lock(mutex_);
    news_.wait(lock, [&] { return looks_.size() >= count; });
  }

  Result<std::map<std::string, git::Commit>> look(std::span<const std::string> branches, const std::stop_token& stop) {
    if (on_look_) on_look_();
    std::unique_lock lock(mutex_);
    looks_.emplace_back(branches.begin(), branches.end());
    news_.notify_all();
    if (!news_.wait(lock, stop, [&] { return !held_; })) return fail(ErrorKind::kCancelled, "stopped");
    if (error_) return fail(*error_);
    return heads_;
  }
  /// Null when nobody has said what the commit holds.
  std::shared_ptr<const FileTree> tree(const std::string& commit) const {
    const std::scoped_lock lock(mutex_);
    const auto found = trees_.find(commit);
    return found == trees_.end() ? nullptr : found->second;
  }

 private:
  std::function<void()> on_look_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any news_;
  // Guarded by mutex_.
  std::map<std::string, git::Commit> heads_;
  std::map<std::string, std::shared_ptr<const FileTree>> trees_;
  std::optional<Error> error_;
  bool held_ = false;
  std::vector<std::vector<std::string>> looks_;
};

/// A mirror of branches without history.
class FakeMirror final : public git::Mirror {
 public:
  explicit FakeMirror(std::shared_ptr<FakeRemote> remote) : remote_(std::move(remote)) {}

  const std::string& name() const override { return name_; }

  Result<std::optional<git::Commit>> head(const std::string& branch) const override {
    const std::scoped_lock lock(mutex_);
    const auto found = heads_.find(branch);
    return found == heads_.end() ? std::nullopt : std::optional(found->second);
  }

  Result<git::Refs> update(std::span<const std::string> branches, std::stop_token stop) override {
    TRY(const auto heads, remote_->look(branches, stop));
    git::Refs refs;
    const std::scoped_lock lock(mutex_);
    for (const auto& branch : branches) {
      heads_.erase(branch);
      const auto found = heads.find(branch);
      if (found == heads.end()) continue;
      heads_[branch] = found->second;
      refs.heads[branch] = found->second.id;
    }
    return refs;
  }

  Result<git::Commit> commit(const std::string&) const override { return without_history(); }
  Result<git::Commit> fetch(const std::string&, std::stop_token) override { return without_history(); }
  Result<std::shared_ptr<const FileTree>> tree(const std::string& commit, git::Submodules) const override {
    if (auto tree = remote_->tree(commit)) return tree;
    return without_history();
  }
  Result<bool> is_ancestor(const std::string&, const std::string&) const override { return without_history(); }
  Result<std::optional<std::string>> merge_base(const std::string&, const std::string&) const override {
    return without_history();
  }
  git::Traffic traffic() const override { return {}; }

 private:
  static tl::unexpected<Error> without_history() { return fail(ErrorKind::kNotFound, "this mirror has heads alone"); }

  const std::string name_ = "fake";
  const std::shared_ptr<FakeRemote> remote_;
  mutable std::mutex mutex_;
  std::map<std::string, git::Commit> heads_;  ///< Guarded by mutex_.
};

}  // namespace reconciler::test
