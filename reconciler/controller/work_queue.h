#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "base/clock.h"

namespace reconciler::controller {

/// The names of environments that are due, now or later. Laws:
///   a name is handed out to one worker at a time; one that is added while it is worked on is handed out again after;
///   of several times at which a name is due, the earliest counts;
///   names are handed out in the order in which they became due.
/// Thread-safe.
class WorkQueue {
 public:
  explicit WorkQueue(const Clock& clock) : clock_(clock) {}

  /// The name is due at that time.
  void add(const std::string& name, SteadyTime due);
  /// The name is due now.
  void add(const std::string& name) { add(name, clock_.steady()); }

  /// The next name that is due, if any is; does not wait. It counts as worked on until `done`.
  std::optional<std::string> take_due();
  /// Waits for it. Nothing when `stop` fires.
  std::optional<std::string> take(const std::stop_token& stop);
  void done(const std::string& name);

  /// How many names are due or worked on.
  std::size_t depth() const;

 private:
  std::optional<std::string> take_locked();
  void schedule(const std::string& name, SteadyTime due);

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_.
  std::map<std::string, SteadyTime> due_;
  std::set<std::pair<SteadyTime, std::string>> order_;  ///< The same, by time; without those that are worked on.
  std::set<std::string> in_work_;
};

}  // namespace reconciler::controller
