#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <sys/stat.h>

#include "base/result.h"

namespace reconciler::http {

/// A secret that lives in a file of its own and may be changed there at any time, as Kubernetes changes mounted
/// Secrets. White space at the end is not part of it. Thread-safe.
class SecretFile {
 public:
  /// Reads the file once, so that a wrong path is known at the start. Errors: kInvalid (missing, unreadable, empty,
  /// larger than 4 KiB).
  static Result<std::unique_ptr<SecretFile>> open(const std::string& path);

  /// The secret as the file has it now; nothing while it cannot be read: then nobody gets in.
  /// Costs a stat, and a read when the file changed.
  std::optional<std::string> value();

  /// Whether `given` is the secret. The time that this takes does not tell how much of it is right.
  bool matches(std::string_view given);

 private:
  explicit SecretFile(std::string path) : path_(std::move(path)) {}

  const std::string path_;
  std::mutex mutex_;
  struct stat seen_{};
  std::optional<std::string> value_;
};

}  // namespace reconciler::http
