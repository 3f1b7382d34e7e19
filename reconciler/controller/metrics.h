#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "controller/status.h"
#include "kube/connect.h"

namespace reconciler::controller {

/// All figures of the service, in the names that dashboards rely on (`reconciler_…`). Thread-safe.
class Metrics final : public kube::RequestObserver {
 public:
  Metrics();
  ~Metrics() override;

  void finished(std::string_view verb, std::string_view resource, int code, std::chrono::nanoseconds duration) override;

  /// How long a stage of a reconciliation took: "fetch", "render", "plan", "admit", "apply", "health" or "total".
  void stage(const std::string& stage, std::chrono::nanoseconds duration);
  /// The end of a reconciliation: "synced", "changed", "failed" or "stopped".
  void reconciled(const std::string& environment, const std::string& result);
  void applied(const std::string& environment, std::size_t objects);
  void pruned(const std::string& environment, std::size_t objects);
  void reverted(const std::string& environment, std::size_t objects);
  /// The end of a look at a Git remote that told something new: "news" or "failed".
  void looked(const std::string& result);
  /// A look at a Git remote, whatever it told.
  void fetched(Duration duration, bool failed);
  /// From a webhook's push to the moment at which the commit was live.
  void went_live(std::chrono::nanoseconds since_push);
  void queue_depth(std::size_t names);
  void events_waiting(std::size_t number);
  /// Sync and health of an environment as gauges; the words as labels. `objects` is null while they are not known.
  void environment(const EnvironmentStatus& status, const std::vector<ObjectStatus>* objects);
  /// Its series end.
  void forget(const std::string& environment);

  /// Prometheus text format 0.0.4.
  std::string text() const;

 private:
  struct Families;
  const std::unique_ptr<Families> families_;
};

}  // namespace reconciler::controller
