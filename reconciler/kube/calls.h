#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>

#include "base/clock.h"
#include "base/result.h"
#include "kube/retry.h"
#include "kube/transport.h"

namespace reconciler::kube {

/// A call as it was answered at last: by the server, or by nobody (`answer.failure`), or stopped.
struct Ended {
  HttpAnswer answer;
  bool cancelled = false;
};

/// Requests whose caller waits for them. Thread-safe: each call works on its caller's thread and shares only the
/// transport.
class Calls {
 public:
  /// `time_limit` is for one request with all its tries. All references outlive this.
  Calls(Transport& transport, const Clock& clock, Duration time_limit, std::stop_token stop,
        Random random = random_fraction);

  /// Puts together the request of an index; called again for a second try.
  using Make = std::function<HttpRequest(std::size_t index)>;
  using Answered = std::function<void(std::size_t index, Ended&& ended)>;

  /// Sends `count` requests, at most `concurrency` at a time, and hands on each answer as it arrives. Returns when all
  /// are answered. When the server cannot be reached, those not yet sent end with the same failure. When `stop` fires,
  /// nothing is sent any more, and what is at the server has half a second to be answered.
  void all(std::size_t count, std::size_t concurrency, Repeat repeat, const std::stop_token& stop, const Make& make,
           const Answered& answered) const;

  Ended one(const HttpRequest& request, Repeat repeat) const;

 private:
  Transport& transport_;
  const Clock& clock_;
  const Duration time_limit_;
  const std::stop_token stop_;
  const Random random_;
};

}  // namespace reconciler::kube
