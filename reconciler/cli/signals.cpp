#include "cli/signals.h"

#include <pthread.h>

namespace reconciler::cli {

Signals::Signals() {
  sigemptyset(&set_);
  sigaddset(&set_, SIGTERM);
  sigaddset(&set_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int Signals::wait() {
  int signal = 0;
  sigwait(&set_, &signal);
  pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
  return signal;
}

}  // namespace reconciler::cli
