#pragma once

#include <string>
#include <utility>

#include "base/result.h"

// Private to this module.
namespace reconciler::git {

/// Keeps others off a folder as long as it lives: flock(2) on a file beside it, which ends with the process however
/// that ends.
class FolderLock {
 public:
  /// Errors: kConflict when somebody else has it, with the number of that process; kInternal.
  static Result<FolderLock> take(const std::string& file);

  /// Takes the file anew when it was removed: others would find the folder free. Errors: as take(); what was held stays
  /// so.
  Status keep();

  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  FolderLock(std::string file, int descriptor) : file_(std::move(file)), descriptor_(descriptor) {}
  std::string file_;
  int descriptor_;
};

}  // namespace reconciler::git
