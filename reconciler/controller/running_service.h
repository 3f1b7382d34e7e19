#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "controller/leases.h"
#include "controller/members.h"
#include "controller/metrics.h"
#include "controller/reconciler.h"
#include "controller/registry.h"
#include "controller/renderer.h"
#include "controller/resources.h"
#include "controller/service.h"
#include "controller/sources.h"
#include "controller/status_store.h"
#include "controller/sync_id.h"
#include "controller/work_queue.h"

namespace reconciler::controller {

/// The service itself; `service.h` is what others see of it. service.cpp is its life and its workers,
/// service_sources.cpp what brings names into the queue, service_api.cpp what is asked of it.
class RunningService final : public Service {
 public:
  RunningService(ServiceOptions options, std::unique_ptr<git::Mirror> mirror)
      : options_(std::move(options)), main_mirror_(std::move(mirror)) {}
  ~RunningService() override { stop(); }

  Status start();
  void stop() override;

  std::vector<std::shared_ptr<const EnvironmentStatus>> environments() const override;
  std::shared_ptr<const EnvironmentStatus> environment(const std::string& name) const override;
  std::shared_ptr<const std::vector<ObjectStatus>> objects(const std::string& name) const override {
    return is_others(name) ? nullptr : statuses_.objects(name);
  }
  Result<std::string> request_sync(const std::string& name) override;
  Result<bool> request_suspend(const std::string& name, const std::string& by, const std::string& reason) override;
  Result<bool> request_resume(const std::string& name) override;
  std::vector<std::string> pushed(const Push& push) override;
  std::unique_ptr<EventLog::Following> follow_events(const std::string& name, const std::string& since,
                                                     EventLog::Listener listener) override;
  bool live() const override;
  bool ready() const override;
  std::string metrics() const override;

 private:
  const std::string& main_url() const { return options_.repository.url; }
  const std::string& url_of(const Environment& environment) const {
    return environment.source.repository.empty() ? main_url() : environment.source.repository;
  }

  /// The environment as Git says it, and its resource. Errors: as `request_suspend`.
  Result<std::pair<Environment, Resource>> mirrored(const std::string& name) const;
  void work_anew(const std::string& name);
  bool knows(const std::string& url, const Push& push) const;
  Result<std::unique_ptr<git::Mirror>> open_mirror(const std::string& url);
  void looked(const std::string& url);
  void look_again(const Environment& environment);
  std::set<std::string> read_environments();
  Result<Environments> without_folder() const;
  void follow_sources();
  std::set<std::string> moved(const std::string& url);
  /// Those that `look_again` was called for.
  std::vector<std::string> asked_of(const std::string& url);
  /// "" for all.
  void enqueue_set(const std::string& part_of);
  void enqueue_all();
  void resource_changed(const std::string& name);
  void work(const std::stop_token& stop);
  std::optional<Duration> reconcile(const std::string& name, const std::stop_token& stop);

  // With several replicas.
  bool is_others(const std::string& name) const { return leases_ != nullptr && !leases_->holds(name); }
  bool is_known(const std::string& name) const { return registry_.find(name) || resources_->find(name); }
  void hand_over(const std::string& name);
  void lease_changed(const std::string& name, bool held);

  /// Leaves all to the next process, or to the other replicas.
  void leave();
  void wait_idle();
  std::set<std::string> busy() const;

  const ServiceOptions options_;
  const SystemClock clock_;
  std::stop_source working_;                  ///< Ends the workers.
  std::stop_source stop_;                     ///< Ends all, requests that are under way included.
  std::unique_ptr<git::Mirror> main_mirror_;  ///< Until the followers have it.

  mutable Metrics metrics_;
  mutable WorkQueue queue_{clock_};
  Registry registry_;
  Renderer renderer_{options_.rendering};
  StatusStore statuses_;
  EventLog events_{make_sync_id()};
  std::unique_ptr<kube::Cluster> cluster_;
  std::unique_ptr<Members> members_;
  std::unique_ptr<Members> hooks_;
  std::unique_ptr<Resources> resources_;
  std::unique_ptr<Sources> sources_;
  std::unique_ptr<Reconciler> reconciler_;
  std::unique_ptr<Leases> leases_;  ///< Null when this is the only replica there can be.
  std::vector<std::jthread> workers_;

  mutable std::mutex mutex_;
  std::condition_variable idle_;
  // Guarded by mutex_.
  std::map<std::string, std::string> seen_heads_;  ///< By environment: the head that it was last enqueued for.
  std::map<std::string, std::string> asked_;       ///< Environments to work on after the next look at this remote.
  std::optional<std::string> read_at_;             ///< The commit that the environments were read from.
  std::set<std::string> looked_at_;                ///< Environments that were reconciled at least once.
  std::map<std::string, SteadyTime> in_work_;      ///< Environments that are worked on, and since when.
};

}  // namespace reconciler::controller
