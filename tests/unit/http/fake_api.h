#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "controller/api.h"

namespace reconciler::http {

/// A service with one environment, `kind-dev`, which follows `main`; writes down what it is asked.
class FakeApi final : public controller::Api {
 public:
  FakeApi() {
    auto status = std::make_shared<controller::EnvironmentStatus>();
    status->name = "kind-dev";
    status->branch = "main";
    status->sync = controller::SyncStatus::kSynced;
    status->health = controller::HealthStatus::kHealthy;
    status->head = status->applied = std::string(40, 'a');
    statuses_ = {status};
    controller::ObjectStatus object;
    object.key = {{"apps", "Deployment"}, "spira", "inference"};
    object.api_version = "apps/v1";
    object.sync = controller::SyncStatus::kSynced;
    object.revision = std::make_shared<const std::string>(status->applied);
    objects_ = std::make_shared<std::vector<controller::ObjectStatus>>(1, object);
  }

  std::vector<std::shared_ptr<const controller::EnvironmentStatus>> environments() const override {
    return {environment("kind-dev")};
  }
  std::shared_ptr<const controller::EnvironmentStatus> environment(const std::string& name) const override {
    const std::lock_guard lock(mutex_);
    if (name != "kind-dev") return nullptr;
    const auto told = statuses_.front();
    if (statuses_.size() > 1) statuses_.pop_front();
    return told;
  }
  /// What those who look at the environment see, one after the other, and the last of it from then on.
  void tell(const std::vector<controller::EnvironmentStatus>& statuses) {
    const std::lock_guard lock(mutex_);
    statuses_.clear();
    for (const auto& status : statuses)
      statuses_.push_back(std::make_shared<const controller::EnvironmentStatus>(status));
  }
  std::shared_ptr<const std::vector<controller::ObjectStatus>> objects(const std::string& name) const override {
    return name == "kind-dev" && !is_others_ ? objects_ : nullptr;
  }
  Result<std::string> request_sync(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    syncs_.push_back(name);
    if (name != "kind-dev") return fail(ErrorKind::kNotFound, "there is no environment '" + name + "'");
    return "sync-" + std::to_string(syncs_.size());
  }
  Result<bool> request_suspend(const std::string& name, const std::string& by, const std::string& reason) override {
    const std::lock_guard lock(mutex_);
    suspensions_.push_back(name + " by " + by + ": " + reason);
    if (name != "kind-dev") return fail(ErrorKind::kNotFound, "there is no environment '" + name + "'");
    return is_kept_.load();
  }
  Result<bool> request_resume(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    suspensions_.push_back(name + " resumed");
    if (name != "kind-dev") return fail(ErrorKind::kNotFound, "there is no environment '" + name + "'");
    return is_kept_.load();
  }
  std::vector<std::string> pushed(const controller::Push& push) override {
    const std::lock_guard lock(mutex_);
    pushes_.push_back(push);
    return push.branch == "main" ? std::vector<std::string>{"kind-dev"} : std::vector<std::string>{};
  }
  std::unique_ptr<controller::EventLog::Following> follow_events(const std::string& name, const std::string& since,
                                                                 controller::EventLog::Listener listener) override {
    return name == "kind-dev" && !is_others_ ? events_.follow(name, since, std::move(listener)) : nullptr;
  }
  bool live() const override { return live_; }
  bool ready() const override { return ready_; }
  std::string metrics() const override { return "reconciler_up 1\n"; }

  std::vector<std::string> syncs() const {
    const std::lock_guard lock(mutex_);
    return syncs_;
  }
  std::vector<std::string> suspensions() const {
    const std::lock_guard lock(mutex_);
    return suspensions_;
  }
  std::vector<controller::Push> pushes() const {
    const std::lock_guard lock(mutex_);
    return pushes_;
  }

  controller::EventLog events_{"run"};
  std::atomic<bool> live_{true};
  std::atomic<bool> ready_{true};
  std::atomic<bool> is_kept_{true};     ///< The API server takes suspensions.
  std::atomic<bool> is_others_{false};  ///< Another replica works on the environment.

 private:
  std::shared_ptr<const std::vector<controller::ObjectStatus>> objects_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  mutable std::deque<std::shared_ptr<const controller::EnvironmentStatus>> statuses_;
  std::vector<std::string> syncs_;
  std::vector<std::string> suspensions_;
  std::vector<controller::Push> pushes_;
};

}  // namespace reconciler::http
