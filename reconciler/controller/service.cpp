#include "controller/service.h"

#include <filesystem>
#include <future>
#include <utility>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/thread_name.h"
#include "controller/running_service.h"
#include "git/url.h"
#include "kube/connect.h"

namespace reconciler::controller {
namespace {

/// At the end: for what is under way, then for the statuses; and for these, the Leases and the rest in all.
constexpr Duration kIdlePatience = std::chrono::milliseconds(700);
constexpr Duration kFlushPatience = std::chrono::milliseconds(500);
constexpr Duration kLeavePatience = std::chrono::milliseconds(2200);
constexpr Duration kAfterDefect = std::chrono::minutes(1);

/// Of this replica, also after a restart: two processes never share a data folder.
std::string replica_identity(const std::string& data_dir) {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  return std::string(host) + "_" + sha256_hex(std::filesystem::weakly_canonical(data_dir).string()).substr(0, 8);
}

}  // namespace

Status RunningService::start() {
  kube::ConnectOptions connection;
  connection.observer = &metrics_;
  connection.stop = stop_.get_token();
  TRY(cluster_, kube::connect(options_.cluster, connection));
  const auto service = git::scrubbed(main_url()) + " " + options_.branch + ":" + options_.environments;
  members_ = std::make_unique<Members>(*cluster_, [this](const std::string& part_of) { enqueue_set(part_of); }, clock_);
  hooks_ = std::make_unique<Members>(
      *cluster_, [this](const std::string& part_of) { enqueue_set(part_of); }, clock_, sync::kHookOfLabel);
  resources_ = std::make_unique<Resources>(
      *cluster_, service, [this](const std::string& name) { resource_changed(name); }, clock_);
  sources_ = std::make_unique<Sources>([this](const std::string& url) { return open_mirror(url); }, clock_,
                                       [this](const std::string& url, const SourceState& state) {
                                         metrics_.fetched(state.took, state.error.has_value());
                                         looked(url);
                                       });
  reconciler_ = std::make_unique<Reconciler>(Workplace{clock_, *cluster_, registry_, *sources_, renderer_, *members_,
                                                       *hooks_, *resources_, statuses_, metrics_, events_, main_url(),
                                                       options_.branch, options_.verify_interval});
  if (!options_.leases.empty()) {
    leases_ = std::make_unique<Leases>(*cluster_, clock_, options_.leases, replica_identity(options_.data_dir),
                                       [this](const std::string& name, bool held) { lease_changed(name, held); });
    leases_->start();
  }
  resources_->start();
  for (unsigned i = 0; i < options_.workers; ++i) {
    workers_.emplace_back([this] { work(working_.get_token()); });
  }
  follow_sources();
  return {};
}

void RunningService::stop() {
  if (resources_ == nullptr || working_.stop_requested()) return;
  working_.request_stop();
  {
    const auto left = std::async(std::launch::async, [this] { leave(); });
    left.wait_for(kLeavePatience);
    stop_.request_stop();
  }
  workers_.clear();
  // Each calls into others, so all of them live until all are silent.
  if (leases_ != nullptr) leases_->stop();
  sources_->stop();
  members_->stop();
  hooks_->stop();
  resources_->stop();
}

void RunningService::work(const std::stop_token& stop) {
  name_this_thread("worker");
  while (const auto name = queue_.take(stop)) {
    {
      const std::scoped_lock lock(mutex_);
      in_work_[*name] = clock_.steady();
    }
    // Either whoever waits for the end of all work sees this, or it sees that all work is to end.
    const auto next = stop.stop_requested() ? std::nullopt : reconcile(*name, stop);
    {
      const std::scoped_lock lock(mutex_);
      in_work_.erase(*name);
      looked_at_.insert(*name);
    }
    idle_.notify_all();
    queue_.done(*name);
    if (next) queue_.add(*name, clock_.steady() + *next);
  }
}

/// What the reconciler does not take for a failure of the environment itself keeps from others no worker.
std::optional<Duration> RunningService::reconcile(const std::string& name, const std::stop_token& stop) try {
  if (leases_ == nullptr) return reconciler_->reconcile(name, stop);
  if (!is_known(name)) {
    leases_->drop(name);
    reconciler_->forget(name);
  } else if (leases_->claim(name)) {
    return reconciler_->reconcile(name, stop);
  } else {
    hand_over(name);
  }
  return std::nullopt;
} catch (const std::exception& thrown) {
  spdlog::error("environment {}: {}", name, defect_of(thrown).message);
  return kAfterDefect;
}

/// Another replica works on it: what was known here is out of date.
void RunningService::hand_over(const std::string& name) {
  events_.hand_over(name);
  reconciler_->forget(name);
}

void RunningService::lease_changed(const std::string& name, bool held) {
  if (!held) {
    reconciler_->supersede(name);
    resources_->withdraw(name);
  }
  queue_.add(name);
}

/// Statuses first: whoever takes an environment over speaks for it. Whatever is still worked on, or has still something
/// to say, is not given to another: its Lease runs out.
void RunningService::leave() {
  wait_idle();
  auto kept = busy();
  kept.merge(resources_->flush_statuses(kFlushPatience, stop_.get_token()));
  kept.merge(busy());
  if (leases_ != nullptr) leases_->release(kept);
  wait_idle();
  resources_->flush(kFlushPatience, stop_.get_token());
}

void RunningService::wait_idle() {
  std::unique_lock lock(mutex_);
  idle_.wait_for(lock, kIdlePatience, [this] { return in_work_.empty(); });
}

std::set<std::string> RunningService::busy() const {
  const std::scoped_lock lock(mutex_);
  std::set<std::string> names;
  for (const auto& [name, since] : in_work_) names.insert(name);
  return names;
}

Result<std::unique_ptr<Service>> start(ServiceOptions options) {
  options.repository.on_damage = [](const std::string& what) { spdlog::warn("git: {}", what); };
  TRY(auto mirror, git::open_mirror(options.data_dir, options.repository));
  auto service = std::make_unique<RunningService>(std::move(options), std::move(mirror));
  TRY_VOID(service->start());
  return service;
}

}  // namespace reconciler::controller
