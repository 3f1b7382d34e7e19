#include "controller/work_queue.h"

#include <algorithm>

namespace reconciler::controller {

void WorkQueue::add(const std::string& name, SteadyTime due) {
  {
    const std::scoped_lock lock(mutex_);
    schedule(name, due);
  }
  changed_.notify_one();
}

void WorkQueue::schedule(const std::string& name, SteadyTime due) {
  const auto [entry, is_new] = due_.emplace(name, due);
  if (!is_new && entry->second <= due) return;
  const bool in_work = in_work_.count(name) != 0;
  if (!is_new && !in_work) order_.erase({entry->second, name});
  entry->second = due;
  if (!in_work) order_.emplace(due, name);
}

std::optional<std::string> WorkQueue::take_due() {
  const std::scoped_lock lock(mutex_);
  return take_locked();
}

std::optional<std::string> WorkQueue::take_locked() {
  if (order_.empty() || order_.begin()->first > clock_.steady()) return std::nullopt;
  std::string name = order_.begin()->second;
  order_.erase(order_.begin());
  due_.erase(name);
  in_work_.insert(name);
  return name;
}

std::optional<std::string> WorkQueue::take(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (auto name = take_locked()) return name;
    if (order_.empty()) {
      changed_.wait(lock, stop, [&] { return !order_.empty(); });
    } else {
      const SteadyTime next = order_.begin()->first;
      changed_.wait_until(lock, stop, next, [&] { return !order_.empty() && order_.begin()->first < next; });
    }
  }
  return std::nullopt;
}

void WorkQueue::done(const std::string& name) {
  {
    const std::scoped_lock lock(mutex_);
    in_work_.erase(name);
    if (const auto again = due_.find(name); again != due_.end()) order_.emplace(again->second, name);
  }
  changed_.notify_one();
}

std::size_t WorkQueue::depth() const {
  const std::scoped_lock lock(mutex_);
  const auto now = clock_.steady();
  const auto due = std::count_if(due_.begin(), due_.end(), [&](const auto& entry) {
    return entry.second <= now && in_work_.count(entry.first) == 0;
  });
  return static_cast<std::size_t>(due) + in_work_.size();
}

}  // namespace reconciler::controller
