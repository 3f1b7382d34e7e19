// What is written behind: statuses, suspensions and Events, by the publisher's thread.
#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "base/thread_name.h"
#include "controller/resources.h"
#include "controller/time_text.h"

namespace reconciler::controller {
namespace {

constexpr const char* kStatusManager = "spira-reconciler-status";
/// Statuses under way at a time.
constexpr std::size_t kPublications = 16;
constexpr Duration kPublishAgain = std::chrono::seconds(2);
/// Events wait until no status has come for so long, and not longer than that.
constexpr Duration kEventsAfter = std::chrono::milliseconds(500);
constexpr Duration kEventsPatience = std::chrono::seconds(10);
/// Most syncs are over before anybody could read that they have begun: that one is under way is told when it lasts.
constexpr Duration kShortSync = std::chrono::milliseconds(250);

Json annotations_of(const std::optional<Suspension>& suspension) {
  if (!suspension) {
    return {{kSuspendAnnotation, nullptr}, {kSuspendedByAnnotation, nullptr}, {kSuspendedAtAnnotation, nullptr}};
  }
  return {{kSuspendAnnotation, suspension->reason},
          {kSuspendedByAnnotation, suspension->by},
          {kSuspendedAtAnnotation, rfc3339(suspension->since)}};
}

std::string text_of_status(const Json& object) {
  const auto status = object.find("status");
  return status == object.end() ? "" : status->dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

void Resources::announce(const std::string& name, const std::vector<Transition>& happened) {
  {
    // Under the lock, so that the publisher does not miss it between looking and waiting.
    const std::scoped_lock lock(mutex_);
    if (events_.waiting() == 0) untold_since_ = system_clock().steady();
    for (const auto& transition : happened) events_.add(name, transition);
  }
  news_.notify_all();
}

SteadyTime Resources::events_due() const {
  if (events_.waiting() == 0) return SteadyTime::max();
  if (flushes_ > 0) return SteadyTime::min();
  return std::min(published_ + kEventsAfter, untold_since_ + kEventsPatience);
}

bool Resources::write_events() {
  return events_.write(cluster_, [this](const std::string& name) {
    const auto resource = find(name);
    return resource ? std::optional(resource->live.uid) : std::nullopt;
  });
}

void Resources::publish(const std::shared_ptr<const EnvironmentStatus>& status) {
  const bool is_passing = status->sync == SyncStatus::kSyncing;
  const auto now = system_clock().steady();
  auto due = now + (is_passing ? kShortSync : Duration(0));
  {
    const std::scoped_lock lock(mutex_);
    published_ = now;
    if (!is_passing) rush_.came(status->name, now);
    const auto waiting = waiting_.find(status->name);
    if (is_passing && waiting != waiting_.end()) due = std::min(due, waiting->second.due);
    waiting_[status->name] = {status, due};
  }
  news_.notify_all();
}

void Resources::withdraw(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  waiting_.erase(name);
  withdrawn_.insert(name);
}

Status Resources::wait_published(const std::string& name, Duration patience, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  awaited_.insert(name);
  if (const auto waiting = waiting_.find(name); waiting != waiting_.end()) {
    waiting->second.due = std::min(waiting->second.due, system_clock().steady());
  }
  news_.notify_all();
  const bool is_out = news_.wait_for(lock, stop, patience, [&] { return waiting_.count(name) == 0 && !publishing_; });
  awaited_.erase(name);
  if (is_out) return {};
  if (stop.stop_requested()) return fail(ErrorKind::kCancelled, "stopped");
  return fail(ErrorKind::kUnavailable, "the environment's status could not be written in time");
}

std::set<std::string> Resources::flush_statuses(Duration patience, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  keeps_back_ = false;
  news_.notify_all();
  news_.wait_for(lock, stop, patience, [&] { return waiting_.empty() && !publishing_; });
  std::set<std::string> names;
  for (const auto& [name, waiting] : waiting_) names.insert(name);
  names.insert(in_flight_.begin(), in_flight_.end());
  return names;
}

void Resources::flush(Duration patience, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  ++flushes_;
  keeps_back_ = false;
  news_.notify_all();
  news_.wait_for(lock, stop, patience,
                 [&] { return waiting_.empty() && orders_due().empty() && events_.waiting() == 0 && !publishing_; });
  --flushes_;
}

void Resources::suspend(const std::string& name, Suspension suspension) {
  give(name, [&](Order& order) { order.suspension = std::move(suspension); });
}

void Resources::resume(const std::string& name) {
  give(name, [](Order& order) { order.suspension.emplace(std::nullopt); });
}

void Resources::ask_resync(const std::string& name, const std::string& id) {
  give(name, [&](Order& order) { order.resync = id; });
}

std::string Resources::asked_resync(const std::string& name) const {
  if (const auto resource = find(name)) return resource->resync;
  const std::scoped_lock lock(mutex_);
  const auto order = orders_.find(name);
  return order == orders_.end() ? "" : order->second.resync;
}

void Resources::give(const std::string& name, const std::function<void(Order&)>& change) {
  {
    const std::scoped_lock lock(mutex_);
    change(orders_[name]);
    has_new_order_ = true;
  }
  news_.notify_all();
}

bool Resources::can_write(const std::string& name) const {
  const auto resource = resources_.find(name);
  return resource != resources_.end() && is_ours(resource->second);
}

Resources::Orders Resources::orders_due() const {
  Orders due;
  for (const auto& order : orders_) {
    if (can_write(order.first)) due.insert(order);
  }
  return due;
}

bool Resources::wait_written(const std::string& name, Duration patience) {
  std::unique_lock lock(mutex_);
  const auto is_written = [&] { return orders_.count(name) == 0; };
  const auto is_vain = [&] {
    return (listed_ && !can_write(name)) || (trouble_ && trouble_->kind == ErrorKind::kUnavailable);
  };
  news_.wait_for(lock, std::stop_token(), patience, [&] { return is_written() || is_vain(); });
  return is_written();
}

void Resources::run_publisher(const std::stop_token& stop) {
  name_this_thread("publisher");
  for (;;) {
    Statuses batch;
    Orders orders;
    bool tells = false;
    {
      std::unique_lock lock(mutex_);
      publishing_ = false;
      in_flight_.clear();
      news_.notify_all();
      if (!wait_due(lock, stop)) return;
      batch = take_due();
      for (const auto& [name, status] : batch) in_flight_.insert(name);
      orders = orders_due();
      has_new_order_ = false;
      withdrawn_.clear();
      tells = events_due() <= system_clock().steady();
      publishing_ = true;
    }
    const bool all_written = write_all(orders);
    const auto failed = publish_all(batch);
    const bool all_told = !tells || write_events();
    std::unique_lock lock(mutex_);
    in_flight_.clear();
    // A status that came meanwhile is newer, and where another replica speaks now, this one is old.
    for (const auto& [name, status] : failed) {
      if (withdrawn_.count(name) == 0)
        waiting_.try_emplace(name, Waiting{status, system_clock().steady() + kPublishAgain});
    }
    if (all_written && all_told) continue;
    publishing_ = false;
    // Whoever gives an order waits for it.
    news_.wait_for(lock, stop, kPublishAgain, [this] { return has_new_order_; });
  }
}

bool Resources::wait_due(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  const auto next = [this] {
    if (!orders_due().empty()) return SteadyTime::min();
    auto due = events_due();
    for (const auto& [name, waiting] : waiting_) due = std::min(due, due_of(name, waiting));
    return due;
  };
  while (!stop.stop_requested()) {
    const auto due = next();
    if (due <= system_clock().steady()) return true;
    const auto is_earlier = [&] { return next() < due; };
    if (due == SteadyTime::max()) {
      news_.wait(lock, stop, is_earlier);
    } else {
      news_.wait_until(lock, stop, due, is_earlier);
    }
  }
  return false;
}

SteadyTime Resources::due_of(const std::string& name, const Waiting& waiting) const {
  const bool is_kept_back = keeps_back_ && awaited_.count(name) == 0;
  return is_kept_back ? std::max(waiting.due, rush_.over()) : waiting.due;
}

Resources::Statuses Resources::take_due() {
  Statuses batch;
  const auto now = system_clock().steady();
  std::erase_if(waiting_, [&](const auto& entry) {
    if (due_of(entry.first, entry.second) > now) return false;
    batch.emplace(entry.first, entry.second.status);
    return true;
  });
  return batch;
}

bool Resources::write_all(const Orders& orders) {
  bool all_written = true;
  auto next = orders.upper_bound(unreached_);
  for (std::size_t i = 0; i < orders.size(); ++i, ++next) {
    if (next == orders.end()) next = orders.begin();
    const auto& [name, order] = *next;
    const auto written = write_now(name, order);
    const bool is_gone = !written && written.error().kind == ErrorKind::kNotFound;
    if (!written && !is_gone) {
      spdlog::warn("{} of environment {} not written yet: {}", order.suspension ? "suspension" : "resync", name,
                   written.error().line());
      all_written = false;
      if (written.error().kind != ErrorKind::kUnavailable) continue;
      unreached_ = name;
      break;
    }
    const std::scoped_lock lock(mutex_);
    // One that came meanwhile is newer.
    if (const auto known = orders_.find(name); known != orders_.end() && known->second == order) {
      orders_.erase(known);
      news_.notify_all();
    }
  }
  return all_written;
}

Status Resources::write_now(const std::string& name, const Order& order) {
  Json annotations = order.suspension ? annotations_of(*order.suspension) : Json::object();
  if (!order.resync.empty()) annotations[kResyncAnnotation] = order.resync;
  kube::PatchRequest request;
  request.key = resource_key(name);
  request.api_version = kApiVersion;
  request.body = Json{{"metadata", {{"annotations", std::move(annotations)}}}}.dump();
  request.field_manager = kOrderManager;
  TRY(const auto answer, cluster_.patch(request));
  put(answer);
  return {};
}

Resources::Statuses Resources::publish_all(const Statuses& batch) {
  std::vector<kube::ApplyRequest> requests;
  std::vector<Statuses::value_type> sent;
  for (const auto& entry : batch) {
    if (auto request = publication(*entry.second)) {
      requests.push_back(*std::move(request));
      sent.push_back(entry);
    }
  }
  Statuses failed;
  Statuses shortened;
  const UndeclaredFields left_out = undeclared_;
  cluster_.apply_all(requests, kPublications, {}, [&](std::size_t i, Result<Json>&& answer) {
    if (answer) return put(*answer);
    // What one status is refused for, others that were sent with it are refused for, too.
    if (UndeclaredFields(left_out).learn(answer.error())) {
      undeclared_.learn(answer.error());
      shortened.insert(sent[i]);
      return;
    }
    spdlog::warn("status of environment {} not published yet: {}", sent[i].first, answer.error().line());
    failed.insert(sent[i]);
  });
  if (!shortened.empty()) {
    shortened = publish_all(shortened);
    tell_undeclared();
  }
  failed.merge(shortened);
  return failed;
}

/// The API server does not name all at once.
void Resources::tell_undeclared() {
  if (std::exchange(told_undeclared_, undeclared_.count()) == undeclared_.count()) return;
  spdlog::warn(
      "the definition of Environments in the cluster is older than this service and does not know {}, which statuses "
      "go "
      "without; bring it, and start the service again: kubectl apply --server-side -f deploy/definitions",
      undeclared_.text());
}

std::optional<kube::ApplyRequest> Resources::publication(const EnvironmentStatus& status) const {
  const auto known = find(status.name);
  if (!known || known->service != service_) return std::nullopt;
  EnvironmentStatus current = status;
  current.generation = known->generation;
  Json body = skeleton_of(status.name);
  body["status"] = to_resource_status(current);
  undeclared_.leave_out_of(body);
  if (text_of_status(*known->body) == text_of_status(body)) return std::nullopt;
  return request_of(status.name, body, "status", kStatusManager);
}

}  // namespace reconciler::controller
