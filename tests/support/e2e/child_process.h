#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace reconciler::test {

/// A program that runs beside the test. It is killed when the object is destroyed, and also when the test dies.
class ChildProcess {
 public:
  /// Starts it. Both of its outputs are appended to `log_file`. Throws std::runtime_error when it cannot be started.
  ChildProcess(const std::vector<std::string>& command, const std::string& log_file);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  bool is_running();
  void signal(int number) const;
  /// What stands in the log file.
  std::string log() const;

  /// Waits for its end. The exit code, or 128 and the number of the signal that ended it; nothing when it still runs
  /// after `patience`.
  std::optional<int> wait(std::chrono::milliseconds patience);

 private:
  const std::string log_file_;
  pid_t pid_ = -1;
  std::optional<int> exit_;
};

}  // namespace reconciler::test
