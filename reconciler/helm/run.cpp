#include "helm/run.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace reconciler::helm {
namespace {

constexpr std::size_t kMostSaid = 4000;

std::string content_of(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(content).str();
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (const std::string& text : texts) all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

bool overrides(const std::vector<std::string>& variables, const char* inherited) {
  for (const std::string& variable : variables) {
    if (std::strncmp(variable.c_str(), inherited, variable.find('=') + 1) == 0) return true;
  }
  return false;
}

std::vector<std::string> environment(const std::vector<std::string>& variables) {
  std::vector<std::string> all = variables;
  for (char** inherited = environ; *inherited != nullptr; ++inherited) {
    if (!overrides(variables, *inherited)) all.emplace_back(*inherited);
  }
  return all;
}

Result<pid_t> start(const std::vector<std::string>& command, const std::vector<std::string>& variables,
                    const std::string& out, const std::string& err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  constexpr int kWrite = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), kWrite, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), kWrite, 0600);
  const auto all = environment(variables);
  pid_t child = 0;
  const int problem =
      posix_spawnp(&child, command[0].c_str(), &actions, nullptr, pointers(command).data(), pointers(all).data());
  posix_spawn_file_actions_destroy(&actions);
  if (problem == 0) return child;
  return fail(ErrorKind::kNotFound, "cannot run '" + command[0] + "': " + std::strerror(problem));
}

// The exit status; nothing when the time ran out and the program was killed.
std::optional<int> wait(pid_t child, std::chrono::milliseconds timeout) {
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
  pollfd ended{handle, POLLIN, 0};
  const bool in_time = handle < 0 || poll(&ended, 1, static_cast<int>(timeout.count())) > 0;
  if (handle >= 0) close(handle);
  if (!in_time) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return in_time ? std::optional(status) : std::nullopt;
}

std::string said(std::string text) {
  text.erase(text.find_last_not_of(" \n") + 1);
  if (text.size() > kMostSaid) text = "…" + text.substr(text.size() - kMostSaid);
  return text.empty() ? "it says nothing" : text;
}

}  // namespace

Result<Output> run(const std::vector<std::string>& command, const std::vector<std::string>& variables,
                   const std::string& folder, std::chrono::milliseconds timeout) {
  const std::string out = folder + "/out";
  const std::string err = folder + "/err";
  TRY(const pid_t child, start(command, variables, out, err));
  const auto status = wait(child, timeout);
  const std::string name = "'" + command[0] + " " + command[1] + "'";
  if (!status) {
    return fail(ErrorKind::kUnavailable,
                name + " was stopped: it took longer than " + std::to_string(timeout.count() / 1000) + " s");
  }
  Output output{content_of(out), content_of(err)};
  if (WIFEXITED(*status) && WEXITSTATUS(*status) == 0) return output;
  if (WIFEXITED(*status) && WEXITSTATUS(*status) == 127 && output.err.empty())
    return fail(ErrorKind::kNotFound, "cannot run '" + command[0] + "'");
  return fail(ErrorKind::kInvalid, name + " failed: " + said(std::move(output.err)));
}

}  // namespace reconciler::helm
