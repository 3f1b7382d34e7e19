#pragma once

#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "kube/transport.h"

namespace reconciler::kube {

/// A clock that stands still until a test moves it.
class ManualClock final : public Clock {
 public:
  SteadyTime steady() const override { return now_; }
  WallTime wall() const override { return {}; }
  void advance(Duration by) { now_ += by; }

 private:
  SteadyTime now_{std::chrono::hours(1)};
};

/// A transport whose server is the test, all on the test's own thread. What it is asked is kept in order; the test
/// answers request by request, or gives `server` to answer at once. Timers ring when the test says so.
class ScriptedTransport final : public Transport {
 public:
  std::function<std::optional<HttpAnswer>(const HttpRequest&)> server;
  std::vector<HttpRequest> requests;  // all, in order
  std::vector<Duration> pauses;       // of all timers, in order
  bool timers_ring_at_once = false;
  std::function<void(Duration)> on_pause;  // what a timer that rings at once does to the clock

  ExchangeId start(Exchange exchange) override {
    const auto id = ++last_id_;
    requests.push_back(exchange.request);
    if (auto answer = server ? server(exchange.request) : std::nullopt) {
      exchange.done(std::move(*answer));
    } else {
      open_.emplace(id, std::move(exchange));
    }
    return id;
  }

  void cancel(ExchangeId id) override { open_.erase(id); }

  void later(Duration delay, std::function<void()> task) override {
    pauses.push_back(delay);
    if (timers_ring_at_once) {
      if (on_pause) on_pause(delay);
      return task();
    }
    timers_.push_back(std::move(task));
  }

  /// How many requests wait for an answer.
  std::size_t open() const { return open_.size(); }
  bool has_timer() const { return !timers_.empty(); }

  /// Lets all timers ring that are set now.
  void ring() {
    for (const auto& task : std::exchange(timers_, {})) task();
  }

  /// Answers the oldest request that waits.
  void answer(int code, std::string body = "") { finish({code, std::move(body), {}, Failure::kNone, ""}); }
  void fail(Failure failure) { finish({0, "", {}, failure, "the connection broke"}); }
  void finish(HttpAnswer answer) {
    const auto exchange = oldest();
    open_.erase(open_.begin());
    exchange.done(std::move(answer));
  }

  /// The stream of the oldest request: accepted, then bytes.
  void open_stream() { oldest().opened(); }
  void stream(const std::string& bytes) { oldest().data(bytes); }

 private:
  Exchange oldest() const {
    if (open_.empty()) throw std::logic_error("no request waits for an answer");
    return open_.begin()->second;
  }

  ExchangeId last_id_ = 0;
  std::map<ExchangeId, Exchange> open_;
  std::vector<std::function<void()>> timers_;
};

}  // namespace reconciler::kube
