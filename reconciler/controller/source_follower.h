#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "base/clock.h"
#include "git/repository.h"

namespace reconciler::controller {

/// What is known of a remote. Immutable.
struct SourceState {
  std::map<std::string, git::Commit>
      heads;                    ///< By branch, of the followed ones that exist; the last known while it fails.
  std::set<std::string> asked;  ///< The branches of the last look.
  std::optional<Error> error;   ///< Why the last look failed; absent when it succeeded.
  WallTime looked{};            ///< When the last look ended.
  Duration took{0};             ///< How long it was.
};

/// Follows the branches of one remote on a thread of its own, so that a slow remote delays nobody but itself. Looks at
/// the remote at its interval (with jitter of a tenth), at once when asked, and while it fails at growing distances
/// from one second up to the smaller of its interval and five seconds. Requests that arrive during a look are served by
/// one more look together, and a storm of them by few looks. Thread-safe.
class SourceFollower {
 public:
  /// Called on the follower's thread after every look that told something new: a head that moved, came or went, an
  /// error that began, changed or ended. Always called after the first look and after one that was asked for.
  using Looked = std::function<void(const SourceState& state)>;

  SourceFollower(std::unique_ptr<git::Mirror> mirror, const Clock& clock, Looked looked);
  /// Ends a look under way; `looked` is not called any more when this returns. The destructor does it, too. Not for the
  /// follower's thread.
  void stop();

  /// Which branches to follow, and how often to look. Looks at once when a branch is new.
  void follow(const std::set<std::string>& branches, Duration interval);
  void look_now();

  std::shared_ptr<const SourceState> state() const;
  const git::Mirror& mirror() const { return *mirror_; }

 private:
  void run(const std::stop_token& stop);
  void look(const std::stop_token& stop);
  SteadyTime next_look(bool failed);
  // With the mutex held:
  SteadyTime due() const;
  bool is_due() const;
  void pace();

  const std::unique_ptr<git::Mirror> mirror_;
  const Clock& clock_;
  const Looked looked_;

  mutable std::mutex mutex_;
  std::condition_variable_any asked_;
  // Guarded by mutex_.
  std::set<std::string> branches_;
  Duration interval_{std::chrono::seconds(30)};
  bool look_at_once_ = false;
  SteadyTime next_{};
  SteadyTime gate_ = SteadyTime::min();        ///< When a look that was asked for may begin.
  SteadyTime paid_until_ = SteadyTime::min();  ///< Grows with each of them.
  unsigned failures_ = 0;
  std::shared_ptr<const SourceState> state_ = std::make_shared<SourceState>();

  std::jthread thread_;  ///< Last: it uses all of the above.
};

}  // namespace reconciler::controller
