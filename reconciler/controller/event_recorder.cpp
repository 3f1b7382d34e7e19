#include "controller/event_recorder.h"

#include <algorithm>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "base/digest.h"
#include "controller/environment.h"

namespace reconciler::controller {
namespace {

constexpr double kBurst = 25;
constexpr double kPerSecond = 1.0 / 300;
/// How many are remembered, to be counted up.
constexpr std::size_t kMostEvents = 512;
/// Written at a time; statuses, which matter more, go in between.
constexpr std::size_t kBatch = 32;
constexpr std::size_t kConcurrency = 8;
constexpr const char* kComponent = "spira-reconciler";
/// Where Events of objects without a namespace live.
constexpr const char* kNamespace = "default";

}  // namespace

bool EventRecorder::is_allowed(const std::string& environment) {
  const auto now = clock_.steady();
  auto& allowance = allowances_.try_emplace(environment, Allowance{kBurst, now}).first->second;
  const auto passed = std::chrono::duration<double>(now - allowance.counted).count();
  allowance.tokens = std::min(kBurst, allowance.tokens + passed * kPerSecond);
  allowance.counted = now;
  if (allowance.tokens < 1) return false;
  --allowance.tokens;
  return true;
}

void EventRecorder::add(const std::string& environment, const Transition& transition) {
  const std::scoped_lock lock(mutex_);
  if (!is_allowed(environment)) return;
  Event event{environment, transition, clock_.wall(), clock_.wall(), 0};
  const auto name = name_of(event);
  auto& known = events_.try_emplace(name, event).first->second;
  known.last = event.last;
  ++known.count;
  if (std::find(waiting_.begin(), waiting_.end(), name) == waiting_.end()) waiting_.push_back(name);
  forget_old();
}

void EventRecorder::forget_old() {
  if (events_.size() <= kMostEvents) return;
  const auto oldest = std::min_element(events_.begin(), events_.end(),
                                       [](const auto& a, const auto& b) { return a.second.last < b.second.last; });
  std::erase(waiting_, oldest->first);
  events_.erase(oldest);
}

std::size_t EventRecorder::waiting() const {
  const std::scoped_lock lock(mutex_);
  return waiting_.size();
}

std::vector<EventRecorder::Named> EventRecorder::next() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Named> batch;
  for (const auto& name : waiting_) {
    if (batch.size() == kBatch) break;
    batch.emplace_back(name, events_.at(name));
  }
  return batch;
}

bool EventRecorder::write(kube::Cluster& cluster,
                          const std::function<std::optional<std::string>(const std::string&)>& uid_of) {
  std::vector<Named> batch;
  std::vector<kube::ApplyRequest> requests;
  for (auto& named : next()) {
    const auto uid = uid_of(named.second.environment);
    if (!uid) {
      settle(named);
      continue;
    }
    kube::ApplyRequest request;
    request.key = {{"", "Event"}, kNamespace, named.first};
    request.api_version = "v1";
    request.body = body_of(named.second, named.first, *uid).dump(-1, ' ', false, Json::error_handler_t::replace);
    requests.push_back(std::move(request));
    batch.push_back(std::move(named));
  }
  bool is_reachable = true;
  cluster.apply_all(requests, kConcurrency, {}, [&](std::size_t index, Result<Json>&& written) {
    if (!written) spdlog::debug("event {} not written: {}", batch[index].first, written.error().line());
    if (!written && written.error().kind == ErrorKind::kUnavailable) {
      is_reachable = false;
    } else {
      settle(batch[index]);
    }
  });
  return is_reachable;
}

void EventRecorder::settle(const Named& named) {
  const std::scoped_lock lock(mutex_);
  // Counted up meanwhile: once more.
  const auto now = events_.find(named.first);
  if (now == events_.end() || now->second.count == named.second.count) std::erase(waiting_, named.first);
}

std::string EventRecorder::name_of(const Event& event) {
  const auto& [is_warning, reason, message] = event.transition;
  return event.environment + "." + sha256_hex(reason + "\n" + message).substr(0, 16);
}

Json EventRecorder::body_of(const Event& event, const std::string& name, const std::string& uid) {
  return {{"apiVersion", "v1"},
          {"kind", "Event"},
          {"metadata", {{"name", name}, {"namespace", kNamespace}}},
          {"involvedObject",
           {{"apiVersion", kApiVersion}, {"kind", kEnvironmentKind}, {"name", event.environment}, {"uid", uid}}},
          {"type", event.transition.is_warning ? "Warning" : "Normal"},
          {"reason", event.transition.reason},
          {"message", event.transition.message},
          {"source", {{"component", kComponent}}},
          {"reportingComponent", kComponent},
          {"firstTimestamp", rfc3339(event.first)},
          {"lastTimestamp", rfc3339(event.last)},
          {"count", event.count}};
}

}  // namespace reconciler::controller
