#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "kube/watch.h"
#include "support/selection.h"

namespace reconciler::test {

/// The transport thread of a fake cluster: calls what it is given, in order, one at a time. Thread-safe.
class Deliveries {
 public:
  Deliveries() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

  void post(std::function<void()> delivery) {
    {
      const std::scoped_lock lock(mutex_);
      queue_.push_back(std::move(delivery));
    }
    news_.notify_all();
  }

  /// Waits until all that was posted has been called. Not to be called from a delivery.
  void settle() {
    std::unique_lock lock(mutex_);
    news_.wait(lock, [&] { return queue_.empty() && !busy_; });
  }

 private:
  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (news_.wait(lock, stop, [&] { return !queue_.empty(); })) {
      const auto delivery = std::move(queue_.front());
      queue_.pop_front();
      busy_ = true;
      lock.unlock();
      delivery();
      lock.lock();
      busy_ = false;
      news_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any news_;
  std::deque<std::function<void()>> queue_;  // Guarded by mutex_, as busy_.
  bool busy_ = false;
  std::jthread thread_;
};

/// One watch, shared between its holder and the deliveries under way.
struct Subscription {
  Subscription(kube::ListRequest asked, kube::WatchHandler& whom) : request(std::move(asked)), handler(whom) {}

  /// Calls the handler, unless the watch has ended.
  template <class Call>
  void deliver(const Call& call) {
    const std::scoped_lock lock(mutex);
    if (!ended) call(handler);
  }

  const kube::ListRequest request;
  kube::WatchHandler& handler;
  std::recursive_mutex mutex;  // A handler may end its own watch.
  bool ended = false;          // Guarded by mutex.
};

/// What a holder of a watch has of it.
class FakeWatch final : public kube::Watch {
 public:
  explicit FakeWatch(std::shared_ptr<Subscription> subscription) : subscription_(std::move(subscription)) {}
  ~FakeWatch() override {
    const std::scoped_lock lock(subscription_->mutex);
    subscription_->ended = true;
  }

 private:
  const std::shared_ptr<Subscription> subscription_;
};

/// All watches of a fake cluster, whose lock guards it.
class FakeWatches {
 public:
  using Whom = std::shared_ptr<Subscription>;

  Whom add(const kube::ListRequest& request, kube::WatchHandler& handler) {
    return subscriptions_.emplace_back(std::make_shared<Subscription>(request, handler));
  }
  const std::vector<Whom>& all() const { return subscriptions_; }

  void say_failing(const Whom& whom, const Error& error) {
    post(whom, [error](auto& handler) { handler.failing(error); });
  }
  void say_list(const Whom& whom, std::vector<Json> items, const std::string& version) {
    post(whom, [items = std::move(items), version](auto& handler) {
      handler.begin_list();
      for (const auto& item : items) handler.item(Json(item));
      handler.end_list(version);
    });
  }
  /// An object was made or changed: whom it left hears of it as deleted.
  void say_changed(const std::optional<OwnedObject>& before, const OwnedObject& now) {
    for (const auto& whom : subscriptions_) {
      if (matches(whom->request, now)) {
        say_object(whom, now, &kube::WatchHandler::changed);
      } else if (before && matches(whom->request, *before)) {
        say_object(whom, now, &kube::WatchHandler::deleted);
      }
    }
  }
  void say_deleted(const OwnedObject& last) {
    for (const auto& whom : subscriptions_) {
      if (matches(whom->request, last)) say_object(whom, last, &kube::WatchHandler::deleted);
    }
  }
  void settle() { deliveries_.settle(); }

 private:
  void say_object(const Whom& whom, const OwnedObject& object, void (kube::WatchHandler::*call)(Json&&)) {
    post(whom,
         [shown = projected(object, whom->request.projection), call](auto& handler) { (handler.*call)(Json(shown)); });
  }

  template <class Say>
  void post(const Whom& whom, Say say) {
    deliveries_.post([whom, say = std::move(say)] { whom->deliver(say); });
  }

  std::vector<Whom> subscriptions_;
  Deliveries deliveries_;
};

}  // namespace reconciler::test
