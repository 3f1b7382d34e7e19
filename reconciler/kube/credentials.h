#pragma once

#include <mutex>
#include <string>

#include "base/clock.h"
#include "kube/config.h"

namespace reconciler::kube {

/// The `Authorization` header of a configuration, read anew from its token file as that rotates. Thread-safe.
class Credentials {
 public:
  Credentials(const ClusterConfig& config, const Clock& clock);

  /// `Authorization: …`, or "" when there is none (client certificates). A token file is read when 10 s have passed
  /// since the last time; while it cannot be read the last token stays.
  std::string header();

  /// After a 401: reads the token file now. Whether it holds another token than the one of `refused`, the header that
  /// was sent.
  bool changed_since(const std::string& refused);

 private:
  void read_file();

  const std::string file_;
  const Clock& clock_;
  std::mutex mutex_;  // guards what follows
  std::string header_;
  SteadyTime read_at_;
};

/// The text of a file without white space at its ends, or nothing when it cannot be read.
std::string read_secret_file(const std::string& path);

}  // namespace reconciler::kube
