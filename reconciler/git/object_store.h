#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "git/library.h"

// Private to this module.
namespace reconciler::git {

/// A repository on disk that many threads read. The library's handles belong to one thread at a time, so each reader
/// leases one of its own; idle ones are kept. Thread-safe.
class ObjectStore {
 public:
  /// A handle for the caller alone, given back at the end of its life.
  class Lease {
   public:
    Lease(ObjectStore& store, RepositoryHandle handle, std::uint64_t generation)
        : store_(&store), handle_(std::move(handle)), generation_(generation) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    git_repository* get() const { return handle_.get(); }

    /// Whether the files were replaced since: what failed may succeed with a new lease.
    bool stale() const;
    /// Which files these are: another number once they were replaced.
    std::uint64_t generation() const { return generation_; }
    /// Notes that an object which must be there cannot be read. Whoever owns the files may then replace them.
    void report_damage() const;

   private:
    ObjectStore* store_;
    RepositoryHandle handle_;
    std::uint64_t generation_;
  };

  explicit ObjectStore(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  /// Errors: kNotFound, kInternal when the repository cannot be opened.
  Result<Lease> lease();

  /// What `read(lease)` returns; once more when it fails because the files were replaced under it.
  template <class Read>
  auto reading(Read read) -> decltype(read(std::declval<const Lease&>())) {
    for (bool first = true;; first = false) {
      TRY(const auto handle, lease());
      auto answer = read(handle);
      if (answer || !first || !handle.stale()) return answer;
    }
  }

  /// To be told when files were replaced: forgets damage and the handles on what was; leases that are out end with
  /// their use.
  void renew();

  /// Whether a reader has reported damage of the files as they are now.
  bool damaged() const { return damaged_; }

 private:
  void give_back(RepositoryHandle handle, std::uint64_t generation);

  const std::string path_;
  std::atomic<bool> damaged_ = false;
  std::mutex mutex_;
  std::atomic<std::uint64_t> generation_ = 0;  // changes under mutex_
  std::vector<RepositoryHandle> idle_;         // guarded by mutex_
};

}  // namespace reconciler::git
