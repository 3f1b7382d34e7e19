#include "cli/signals.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace reconciler::cli {
namespace {

/// How a process ends that does this.
int outcome(void (*action)()) {
  const pid_t child = fork();
  if (child == 0) {
    action();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST(Signals, are_waited_for_instead_of_ending_the_process) {
  const int status = outcome([] {
    Signals signals;
    raise(SIGTERM);
    _exit(signals.wait() == SIGTERM ? 7 : 1);
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST(Signals, end_the_process_the_second_time) {
  const int status = outcome([] {
    Signals signals;
    raise(SIGINT);
    signals.wait();
    raise(SIGINT);
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGINT);
}

TEST(Signals, of_closed_connections_do_no_harm) {
  const int status = outcome([] {
    const Signals signals;
    int ends[2];
    if (pipe(ends) != 0) _exit(1);
    close(ends[0]);
    _exit(write(ends[1], "x", 1) < 0 ? 7 : 1);
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

}  // namespace
}  // namespace reconciler::cli
