#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "controller/environment.h"
#include "controller/source_follower.h"
#include "git/repository.h"

namespace reconciler::controller {

/// What is known of the branch that an environment follows.
struct SourceView {
  std::optional<git::Commit> head;  ///< Absent when the branch does not exist, or nothing is known yet.
  std::optional<Error> error;       ///< Why the remote could not be asked the last time.
  bool looked = false;              ///< The remote was asked for the branch at least once, with or without success.
};

/// All remotes that environments follow: one mirror and one thread each, however many environments. Thread-safe.
class Sources {
 public:
  using Open = std::function<Result<std::unique_ptr<git::Mirror>>(const std::string& url)>;
  /// Called on the follower's thread of that remote.
  using Looked = std::function<void(const std::string& url, const SourceState& state)>;

  struct Following {
    std::set<std::string> branches;
    Duration interval{};
  };

  Sources(Open open, const Clock& clock, Looked looked);

  /// What to follow from now on, by URL. A remote that is no longer named is not looked at any more.
  void follow(const std::map<std::string, Following>& remotes);
  /// Follows a branch of a remote that is unknown otherwise, until `follow` says something else.
  void keep(const std::string& url, const std::string& branch);
  /// Looks at one remote at once; nothing when it is not followed.
  void look_now(const std::string& url);
  /// Ends all looks; `looked` is not called any more when this returns. Not for a follower's thread.
  void stop();

  SourceView view(const std::string& url, const std::string& branch) const;
  Result<std::shared_ptr<const FileTree>> tree(const std::string& url, const std::string& commit) const;

 private:
  struct Remote {
    std::unique_ptr<SourceFollower> follower;  ///< Null when the mirror could not be opened.
    std::optional<Error> error;                ///< Why not.
  };
  void open(const std::string& url, Remote& remote);

  const Open open_;
  const Clock& clock_;
  const Looked looked_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::map<std::string, Remote> remotes_;
  bool stopped_ = false;
};

}  // namespace reconciler::controller
