#pragma once

#include <string>

#include "base/result.h"

// Private to this module.
namespace reconciler::git {

/// Keeps others off a folder as long as it lives: flock(2) on a file beside it, which ends with the process however
/// that ends.
class FolderLock {
 public:
  /// Errors: kConflict when somebody else has it, with the number of that process; kInternal.
  static Result<FolderLock> take(const std::string& file);

  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace reconciler::git
