#pragma once

#include <csignal>

namespace reconciler::cli {

/// The signals that ask the service to end (SIGTERM, SIGINT), taken one by one instead of ending the process. Made on
/// the main thread before any other thread starts, since threads inherit that they leave these signals alone. Also has
/// writes to closed connections fail with an error instead of ending the process (SIGPIPE).
class Signals {
 public:
  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Blocks until one of them comes; returns it. From then on a further one ends the process at once.
  int wait();

 private:
  sigset_t set_;
};

}  // namespace reconciler::cli
