#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace reconciler::git::testing {

/// A folder of its own for one test, gone with it.
class ScratchFolder {
 public:
  ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();

  const std::filesystem::path& path() const { return path_; }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

void write_file(const std::filesystem::path& path, const std::string& content);
std::string read_file(const std::filesystem::path& path);

/// Runs a program to its end and returns its output without the last line end. Fails the test when it fails.
std::string run(const std::vector<std::string>& arguments);

/// Runs `git -C folder …` with a fixed author and without the machine's configuration.
std::string git(const std::filesystem::path& folder, std::vector<std::string> arguments);

/// A server of tests/support/git, running until the end of its life.
class Server {
 public:
  explicit Server(std::vector<std::string> arguments);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();
  int port() const { return port_; }

 private:
  pid_t pid_ = -1;
  int port_ = 0;
};

/// The path of a program of tests/support/git.
std::string support(const std::string& name);

/// A repository with a work tree, and the bare one that it pushes to: what the mirror sees as its remote.
class Upstream {
 public:
  explicit Upstream(const ScratchFolder& scratch, const std::string& name = "upstream");

  /// Writes a file, commits on the current branch and pushes. Returns the commit's id.
  std::string commit(const std::string& file, const std::string& content);
  /// Pushes the current branch, whatever the remote has.
  void push();
  /// Commits what stands in the work tree and pushes. Returns the commit's id.
  std::string commit_all(const std::string& message = "change");

  const std::filesystem::path& work() const { return work_; }
  const std::filesystem::path& bare() const { return bare_; }

 private:
  std::filesystem::path work_;
  std::filesystem::path bare_;
};

}  // namespace reconciler::git::testing
