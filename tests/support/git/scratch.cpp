#include "support/git/scratch.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace reconciler::git::testing {
namespace {

namespace fs = std::filesystem;

/// A home without anybody's configuration: set before the library looks for it.
const ScratchFolder& home() {
  static const ScratchFolder folder;
  return folder;
}

[[maybe_unused]] const bool home_is_set = [] {
  write_file(home().path() / ".gitconfig",
             "[url \"" + (home().path() / "elsewhere").string() + "/\"]\n\tinsteadOf = https://mirrored.example/\n");
  setenv("HOME", home().path().c_str(), 1);
  for (const char* proxy : {"http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"})
    unsetenv(proxy);
  return true;
}();

struct Child {
  pid_t pid;
  int output;
};

Child spawn(const std::vector<std::string>& arguments) {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) std::abort();
  std::vector<char*> argv;
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(pipe_ends[1], STDOUT_FILENO);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  close(pipe_ends[1]);
  return {pid, pipe_ends[0]};
}

std::string read_some(int descriptor) {
  std::array<char, 4096> buffer{};
  const auto count = read(descriptor, buffer.data(), buffer.size());
  return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : "";
}

}  // namespace

ScratchFolder::ScratchFolder() {
  std::string name = (fs::temp_directory_path() / "unit-git-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void write_file(const fs::path& path, const std::string& content) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

std::string read_file(const fs::path& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

std::string run(const std::vector<std::string>& arguments) {
  const Child child = spawn(arguments);
  std::string output;
  for (std::string part = read_some(child.output); !part.empty(); part = read_some(child.output)) output += part;
  close(child.output);
  int status = 0;
  waitpid(child.pid, &status, 0);
  EXPECT_EQ(status, 0) << "failed: " << arguments.front() << ' ' << arguments.back();
  if (output.ends_with('\n')) output.pop_back();
  return output;
}

std::string git(const fs::path& folder, std::vector<std::string> arguments) {
  std::vector<std::string> all = {"git",
                                  "-c",
                                  "user.name=Test Person",
                                  "-c",
                                  "user.email=test@example.org",
                                  "-c",
                                  "commit.gpgsign=false",
                                  "-c",
                                  "protocol.file.allow=always",
                                  "-c",
                                  "advice.addEmbeddedRepo=false",
                                  "-C",
                                  folder.string()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run(all);
}

Server::Server(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "python3");
  const Child child = spawn(arguments);
  pid_ = child.pid;
  std::string line;
  for (std::string part = read_some(child.output); !part.empty() && !line.ends_with('\n');
       part = read_some(child.output)) {
    line += part;
    if (line.ends_with('\n')) break;
  }
  close(child.output);
  port_ = std::atoi(line.c_str());
  EXPECT_GT(port_, 0) << "does not start: " << arguments[1];
}

Server::~Server() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

std::string support(const std::string& name) {
  return std::string(RECONCILER_SOURCE_DIR) + "/tests/support/git/" + name;
}

Upstream::Upstream(const ScratchFolder& scratch, const std::string& name)
    : work_(scratch.path() / (name + "-work")), bare_(scratch.path() / (name + ".git")) {
  run({"git", "init", "-q", "--bare", "-b", "main", bare_.string()});
  run({"git", "init", "-q", "-b", "main", work_.string()});
  git(work_, {"remote", "add", "origin", bare_.string()});
}

std::string Upstream::commit(const std::string& file, const std::string& content) {
  write_file(work_ / file, content);
  return commit_all("change " + file);
}

std::string Upstream::commit_all(const std::string& message) {
  git(work_, {"add", "-A"});
  git(work_, {"commit", "-q", "-m", message});
  push();
  return git(work_, {"rev-parse", "HEAD"});
}

void Upstream::push() { git(work_, {"push", "-q", "-f", "origin", "HEAD"}); }

}  // namespace reconciler::git::testing
