#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "controller/status.h"
#include "controller/transition.h"

namespace reconciler::controller {

/// What happened to environments lately, in memory, for those who follow it live. Thread-safe.
class EventLog {
 public:
  struct Entry {
    std::string id;  ///< Unique, also among those of a process before this one.
    std::string environment;
    std::string type;  ///< "status" (data: the whole status, as the API has it), "transition", or "gone".
    std::string data;  ///< JSON in one line.
  };
  using EntryPtr = std::shared_ptr<const Entry>;
  /// Called from any thread, under the log's lock: must not block, nor call the log. Null, and then no more, when
  /// another replica tells from now on (`hand_over`).
  using Listener = std::function<void(const EntryPtr& entry)>;

  /// Ends with its destruction: no call of the listener runs or begins after that.
  class Following {
   public:
    virtual ~Following() = default;
  };

  /// Keeps the latest `size` entries. `run` tells this process apart from others.
  explicit EventLog(std::string run, std::size_t size = 512) : run_(std::move(run)), size_(size) {}

  /// The status of an environment after these transitions.
  void add(const EnvironmentStatus& status, const std::vector<Transition>& happened, WallTime now);
  /// The environment is no more.
  void add_gone(const std::string& environment);
  /// Another replica works on the environment: those who follow it have to ask anew.
  void hand_over(const std::string& environment);

  /// What happens to the environment from now on, after what it has to be told to know how things stand: the entries
  /// since the one with id `since`, or, when that is not known (any more), the latest status. The log outlives what is
  /// returned.
  std::unique_ptr<Following> follow(const std::string& environment, const std::string& since, Listener listener);

 private:
  class Follower;

  void add_locked(const std::string& environment, std::string type, std::string data);
  std::vector<EntryPtr> missed(const std::string& environment, const std::string& since) const;

  const std::string run_;
  const std::size_t size_;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::uint64_t last_ = 0;
  std::deque<EntryPtr> entries_;
  std::map<std::string, EntryPtr> latest_;  ///< The latest status by environment, also when it has left `entries_`.
  std::map<const Follower*, std::pair<std::string, Listener>> followers_;
};

}  // namespace reconciler::controller
