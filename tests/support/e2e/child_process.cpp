#include "support/e2e/child_process.h"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace reconciler::test {
namespace {

[[noreturn]] void become(std::vector<char*> arguments, int log) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv(arguments.front(), arguments.data());
  _exit(127);
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command, const std::string& log_file) : log_file_(log_file) {
  const int log = open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) throw std::runtime_error("cannot write " + log_file);
  std::vector<char*> arguments;
  for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) become(std::move(arguments), log);
  close(log);
  if (pid_ < 0) throw std::runtime_error("no process can be started");
}

ChildProcess::~ChildProcess() {
  if (!is_running()) return;
  signal(SIGKILL);
  waitpid(pid_, nullptr, 0);
}

bool ChildProcess::is_running() { return !wait(std::chrono::milliseconds(0)); }

void ChildProcess::signal(int number) const { kill(pid_, number); }

std::string ChildProcess::log() const {
  std::ostringstream text;
  text << std::ifstream(log_file_, std::ios::binary).rdbuf();
  return text.str();
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!exit_) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    } else if (std::chrono::steady_clock::now() >= deadline) {
      return std::nullopt;
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  return exit_;
}

}  // namespace reconciler::test
