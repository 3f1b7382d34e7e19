#pragma once

#include <map>
#include <string>

namespace reconciler::test {

/// Texts by path.
using Files = std::map<std::string, std::string>;

/// A bare repository that a service can follow, and a clone of it that a person works in. Nothing that is set up on
/// this machine for Git counts. What cannot be done throws std::runtime_error.
class GitRepository {
 public:
  /// Makes both below `folder`, which exists. Branch `main` begins with the first push.
  explicit GitRepository(std::string folder);

  /// What the service is told to follow; a path.
  std::string url() const { return folder_ + "/remote.git"; }

  /// Changes of the working tree. `write_folder` makes the folder hold these files and no others.
  void write(const std::string& path, const std::string& text) const;
  void write_folder(const std::string& path, const Files& files) const;
  void remove(const std::string& path) const;

  /// Commits the whole working tree (also when nothing changed) and pushes it. Returns the commit.
  std::string push(const std::string& branch = "main") const;
  /// Puts the clone on another branch: on the one that exists, or on a new one that begins here.
  void switch_to(const std::string& branch) const;
  /// Merges a branch into the one that the clone is on, and pushes that. Returns the commit.
  std::string merge(const std::string& from, const std::string& into) const;
  /// Sets the branch of the remote to a commit that it may have left behind, as a force-push does.
  void reset(const std::string& branch, const std::string& commit) const;
  std::string head(const std::string& branch) const;

  /// The remote goes away, and comes back.
  void hide() const;
  void show() const;

 private:
  std::string git(const std::string& arguments) const;

  const std::string folder_;
};

}  // namespace reconciler::test
