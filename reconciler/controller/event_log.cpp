#include "controller/event_log.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace reconciler::controller {
namespace {

std::string line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json transition_json(const Transition& transition, WallTime now) {
  return {{"time", rfc3339(now)},
          {"type", transition.is_warning ? "Warning" : "Normal"},
          {"reason", transition.reason},
          {"message", transition.message}};
}

}  // namespace

class EventLog::Follower final : public Following {
 public:
  explicit Follower(EventLog& log) : log_(log) {}
  ~Follower() override {
    const std::scoped_lock lock(log_.mutex_);
    log_.followers_.erase(this);
  }

 private:
  EventLog& log_;
};

void EventLog::add(const EnvironmentStatus& status, const std::vector<Transition>& happened, WallTime now) {
  const std::scoped_lock lock(mutex_);
  for (const auto& transition : happened) add_locked(status.name, "transition", line(transition_json(transition, now)));
  add_locked(status.name, "status", line(to_json(status)));
  latest_[status.name] = entries_.back();
}

void EventLog::add_gone(const std::string& environment) {
  const std::scoped_lock lock(mutex_);
  if (latest_.erase(environment) != 0) add_locked(environment, "gone", "{}");
}

void EventLog::hand_over(const std::string& environment) {
  const std::scoped_lock lock(mutex_);
  latest_.erase(environment);
  for (auto follower = followers_.begin(); follower != followers_.end();) {
    const auto& [whom, listener] = follower->second;
    if (whom != environment) {
      ++follower;
      continue;
    }
    listener(nullptr);
    follower = followers_.erase(follower);
  }
}

void EventLog::add_locked(const std::string& environment, std::string type, std::string data) {
  auto id = run_ + "-" + std::to_string(++last_);
  entries_.push_back(
      std::make_shared<const Entry>(Entry{std::move(id), environment, std::move(type), std::move(data)}));
  if (entries_.size() > size_) entries_.pop_front();
  for (const auto& [follower, whom] : followers_) {
    if (whom.first == environment) whom.second(entries_.back());
  }
}

std::vector<EventLog::EntryPtr> EventLog::missed(const std::string& environment, const std::string& since) const {
  std::vector<EntryPtr> missed;
  const auto known =
      std::find_if(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry->id == since; });
  if (known == entries_.end()) {
    if (const auto latest = latest_.find(environment); latest != latest_.end()) missed.push_back(latest->second);
    return missed;
  }
  std::copy_if(std::next(known), entries_.end(), std::back_inserter(missed),
               [&](const auto& entry) { return entry->environment == environment; });
  return missed;
}

std::unique_ptr<EventLog::Following> EventLog::follow(const std::string& environment, const std::string& since,
                                                      Listener listener) {
  auto follower = std::make_unique<Follower>(*this);
  const std::scoped_lock lock(mutex_);
  for (const auto& entry : missed(environment, since)) listener(entry);
  followers_.emplace(follower.get(), std::pair(environment, std::move(listener)));
  return follower;
}

}  // namespace reconciler::controller
