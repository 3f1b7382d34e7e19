#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "controller/event_log.h"
#include "controller/status.h"

namespace reconciler::controller {

/// What a webhook says of a push, already authenticated.
struct Push {
  std::vector<std::string> repositories;  ///< The URLs under which the forge knows the repository; may be empty.
  std::string branch;                     ///< Without `refs/heads/`.
  std::string commit;                     ///< The new head; empty when the branch was deleted or none was said.
};

/// What the outside may ask of the running service. Thread-safe; no call blocks on Git, and none on the API server but
/// those that suspend and resume, for a second at most.
class Api {
 public:
  virtual ~Api() = default;

  /// All environments by name, as last published.
  virtual std::vector<std::shared_ptr<const EnvironmentStatus>> environments() const = 0;
  /// One of them; null when there is none of that name.
  virtual std::shared_ptr<const EnvironmentStatus> environment(const std::string& name) const = 0;
  /// Its objects by key; null when there is no such environment, and when another replica works on it.
  virtual std::shared_ptr<const std::vector<ObjectStatus>> objects(const std::string& name) const = 0;

  /// Asks for a sync that first asks the remote for news and then applies every object, whatever is known of it.
  /// Returns the id that `lastSync.id` will carry. Errors: kNotFound; kConflict while it is suspended.
  virtual Result<std::string> request_sync(const std::string& name) = 0;

  /// Ends all syncing of an environment at once, the correction of drift included, until it is resumed. Who and why go
  /// to its status. Returns whether that is in the cluster already, and thus outlives this process; else it is tried
  /// until it is. Errors: kNotFound; kUnavailable while its resource is not in the cluster.
  virtual Result<bool> request_suspend(const std::string& name, const std::string& by, const std::string& reason) = 0;
  /// Ends that. Returns and errors: those of `request_suspend`; kConflict when its file suspends it.
  virtual Result<bool> request_resume(const std::string& name) = 0;

  /// Looks at the remote at once for a push that concerns a followed branch. Returns the names of the environments that
  /// follow it; empty, and without any cost, when none does.
  virtual std::vector<std::string> pushed(const Push& push) = 0;

  /// Follows what happens to an environment (`EventLog::follow`). Null when there is none of that name, and when
  /// another replica works on it.
  virtual std::unique_ptr<EventLog::Following> follow_events(const std::string& name, const std::string& since,
                                                             EventLog::Listener listener) = 0;

  /// False when the service is wedged and only a restart can help.
  virtual bool live() const = 0;
  /// True once every environment has been looked at after the start.
  virtual bool ready() const = 0;
  /// All metrics in the Prometheus text format 0.0.4.
  virtual std::string metrics() const = 0;
};

}  // namespace reconciler::controller
