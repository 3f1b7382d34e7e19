#include "controller/leases.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "base/thread_name.h"
#include "health/json_view.h"

namespace reconciler::controller {
namespace {

constexpr const char* kApi = "coordination.k8s.io/v1";
constexpr const char* kManagedBy = "app.kubernetes.io/managed-by";
constexpr const char* kManager = "spira-reconciler";
/// After the server refused, or another was quicker.
constexpr Duration kTryAgain = std::chrono::seconds(1);
/// Nothing waits longer than this for a change that was missed.
constexpr Duration kLongestWait = std::chrono::seconds(30);
/// Given up at a time.
constexpr std::size_t kReleases = 16;

GroupKind lease_kind() { return {"coordination.k8s.io", "Lease"}; }

std::string name_of(const Json& object) { return health::text(object, {"metadata", "name"}); }

std::uint64_t number(const std::string& resource_version) {
  return std::strtoull(resource_version.c_str(), nullptr, 10);
}

}  // namespace

/// The watch of the Leases. All calls come from the transport thread.
class Leases::Follower final : public kube::WatchHandler {
 public:
  explicit Follower(Leases& owner) : owner_(owner) {}

  void start() {
    kube::ListRequest request;
    request.type = lease_kind();
    request.version = "v1";
    request.namespace_ = owner_.namespace_;
    request.label_selector = std::string(kManagedBy) + "=" + kManager;
    watch_ = owner_.cluster_.watch(request, *this);
  }

  void begin_list() override { listing_.clear(); }
  void item(Json&& object) override {
    listing_.insert(name_of(object));
    changed(std::move(object));
  }
  void end_list(const std::string&) override {
    std::vector<std::string> gone;
    {
      const std::scoped_lock lock(owner_.mutex_);
      for (const auto& [name, view] : owner_.views_) {
        if (view.exists && listing_.count(name) == 0) gone.push_back(name);
      }
    }
    for (const auto& name : gone) owner_.forget(name);
    const std::scoped_lock lock(owner_.mutex_);
    owner_.listed_ = true;
    owner_.wake();
  }
  void changed(Json&& object) override { owner_.put(name_of(object), read_lease(object)); }
  void deleted(Json&& object) override { owner_.forget(name_of(object)); }
  void failing(const Error& error) override {
    if (error.kind != ErrorKind::kUnavailable) spdlog::error("leases: {}", error.line());
  }

 private:
  Leases& owner_;
  std::set<std::string> listing_;
  std::unique_ptr<kube::Watch> watch_;
};

Leases::Leases(kube::Cluster& cluster, const Clock& clock, std::string namespace_, std::string identity,
               Changed changed)
    : cluster_(cluster),
      clock_(clock),
      namespace_(std::move(namespace_)),
      identity_(std::move(identity)),
      changed_(std::move(changed)),
      follower_(std::make_unique<Follower>(*this)) {}

Leases::~Leases() { stop(); }

void Leases::stop() {
  follower_.reset();
  thread_ = {};
}

void Leases::start() {
  follower_->start();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

bool Leases::claim(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  if (wanted_.insert(name).second) wake();
  // What is ours is worked on only after `changed` said so, and no longer after it said otherwise.
  const auto found = views_.find(name);
  return told_.count(name) != 0 && found != views_.end() && clock_.steady() < found->second.held_to;
}

bool Leases::holds(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = views_.find(name);
  return found != views_.end() && clock_.steady() < found->second.held_to;
}

std::string Leases::holder(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = views_.find(name);
  return found == views_.end() ? "" : found->second.record.holder;
}

void Leases::run(const std::stop_token& stop) {
  name_this_thread("leases");
  while (!stop.stop_requested()) {
    std::vector<std::string> names;
    {
      std::unique_lock lock(mutex_);
      const auto now = clock_.steady();
      auto next = now + kLongestWait;
      for (const auto& name : wanted_) next = std::min(next, next_lease_step(views_[name], identity_, now));
      const auto is_due = [&] { return std::exchange(has_news_, false); };
      news_.wait_until(lock, stop, listed_ ? next : now + kLongestWait, is_due);
      if (listed_) names.assign(wanted_.begin(), wanted_.end());
    }
    for (const auto& name : names) {
      if (!stop.stop_requested()) step(name);
    }
    tell_changes();
  }
}

void Leases::step(const std::string& name) {
  LeaseView view;
  {
    const std::scoped_lock lock(mutex_);
    if (wanted_.count(name) == 0) return;
    view = views_[name];
  }
  const auto step = lease_step(view, identity_, clock_.steady());
  if (step != LeaseStep::kWait) take(name, view, step);
}

void Leases::take(const std::string& name, const LeaseView& view, LeaseStep step) {
  // What we hold counts from before the request, and for others from after it.
  const auto sent = clock_.steady();
  const auto answer = send(name, view, step);
  if (answer) put(name, read_lease(*answer));
  if (!is_wanted(name)) return remove(name);
  const std::scoped_lock lock(mutex_);
  LeaseView& kept = views_[name];
  if (answer && kept.record.holder == identity_) {
    kept.held_to = sent + kLeaseGrasp;
    kept.renew_at = sent + kLeaseRenewal;
    return;
  }
  kept.renew_at = clock_.steady() + kTryAgain;
  const auto& error = answer ? Error{} : answer.error();
  if (!answer && error.kind != ErrorKind::kConflict) spdlog::warn("lease of environment {}: {}", name, error.line());
}

Result<Json> Leases::send(const std::string& name, const LeaseView& view, LeaseStep step) {
  Json body{{"spec", lease_spec(view, identity_, clock_.wall())}};
  if (step == LeaseStep::kMake) {
    body["apiVersion"] = kApi;
    body["kind"] = "Lease";
    body["metadata"] = {{"name", name}, {"namespace", namespace_}, {"labels", {{kManagedBy, kManager}}}};
    kube::CreateRequest request;
    request.key = key_of(name);
    request.api_version = kApi;
    request.body = body.dump();
    return cluster_.create(request);
  }
  // Of two that take it at once, the second is refused.
  body["metadata"]["resourceVersion"] = view.record.resource_version;
  return patch(name, body);
}

Result<Json> Leases::patch(const std::string& name, const Json& body) {
  kube::PatchRequest request;
  request.key = key_of(name);
  request.api_version = kApi;
  request.body = body.dump();
  return cluster_.patch(request);
}

void Leases::tell_changes() {
  std::vector<std::pair<std::string, bool>> changes;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& name : wanted_) {
      const bool held = clock_.steady() < views_[name].held_to;
      if (held == (told_.count(name) != 0)) continue;
      if (held) {
        told_.insert(name);
      } else {
        told_.erase(name);
      }
      changes.emplace_back(name, held);
    }
  }
  for (const auto& [name, held] : changes) {
    spdlog::info("environment {} is {} this replica's to work on", name, held ? "now" : "no longer");
    changed_(name, held);
  }
}

bool Leases::is_wanted(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  return wanted_.count(name) != 0;
}

void Leases::drop(const std::string& name) {
  {
    const std::scoped_lock lock(mutex_);
    if (wanted_.erase(name) == 0) return;
    told_.erase(name);
  }
  remove(name);
}

/// Either whoever drops an environment finds the Lease that was taken, or whoever takes one finds that it was dropped.
void Leases::remove(const std::string& name) {
  LeaseView view;
  {
    const std::scoped_lock lock(mutex_);
    view = views_[name];
    views_[name].held_to = kNever;
  }
  if (!view.exists || view.record.holder != identity_) return;
  kube::RemoveRequest request;
  request.key = key_of(name);
  request.api_version = kApi;
  request.uid = view.record.uid;
  const auto removed = cluster_.remove(request);
  if (!removed) spdlog::warn("lease of environment {} stays: {}", name, removed.error().line());
}

void Leases::release(const std::set<std::string>& kept) {
  thread_ = {};
  std::vector<std::pair<std::string, LeaseView>> held;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& name : std::exchange(wanted_, {})) {
      if (kept.count(name) == 0 && views_[name].record.holder == identity_) held.emplace_back(name, views_[name]);
    }
  }
  std::atomic<std::size_t> next = 0;
  const auto give_up_rest = [&] {
    for (auto i = next++; i < held.size(); i = next++) give_up(held[i].first, held[i].second);
  };
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < std::min(held.size(), kReleases); ++i) others.emplace_back(give_up_rest);
  give_up_rest();
}

void Leases::give_up(const std::string& name, const LeaseView& view) {
  const Json body{{"metadata", {{"resourceVersion", view.record.resource_version}}},
                  {"spec", {{"holderIdentity", ""}}}};
  const auto given = patch(name, body);
  if (!given) spdlog::warn("lease of environment {} is not given up: {}", name, given.error().line());
}

/// What the watch and the answers to our own requests tell, in whichever order.
void Leases::put(const std::string& name, LeaseRecord record) {
  const std::scoped_lock lock(mutex_);
  auto& view = views_[name];
  if (number(view.record.resource_version) > number(record.resource_version)) return;
  if (!(view.record == record)) view.observed = clock_.steady();
  if (record.holder != identity_) view.held_to = kNever;
  if (record.holder.empty()) view.renew_at = kNever;
  view.exists = true;
  view.record = std::move(record);
  wake();
}

void Leases::forget(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  if (wanted_.count(name) == 0) {
    views_.erase(name);
  } else {
    views_[name] = {};
  }
  wake();
}

/// With mutex_ held.
void Leases::wake() {
  has_news_ = true;
  news_.notify_all();
}

ObjectKey Leases::key_of(const std::string& name) const { return {lease_kind(), namespace_, name}; }

}  // namespace reconciler::controller
