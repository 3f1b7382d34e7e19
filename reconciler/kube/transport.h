#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace reconciler::kube {

/// One HTTP request to the API server. Credentials are the transport's.
struct HttpRequest {
  std::string method;  ///< "GET", "PATCH", …
  std::string target;  ///< Path and query, escaped: `/api/v1/namespaces?limit=500`.
  std::string accept = "application/json";
  std::string content_type;  ///< "" for a request without a body.
  std::string body;
  std::vector<std::string> headers;  ///< More of them, as `Name: value`: impersonation.
  Duration timeout = std::chrono::seconds(30);
  std::string verb;  ///< For the observer, as are the next.
  std::string resource;
};

/// How an exchange ended without an answer.
enum class Failure {
  kNone,          ///< There is an answer.
  kNoConnection,  ///< None could be made: the request was not sent.
  kLost,          ///< The connection broke: the request may have been carried out.
  kTimeout,       ///< No (whole) answer in time: the same.
  kTooLarge,      ///< The answer is larger than the limit.
};

struct HttpAnswer {
  int code = 0;  ///< The HTTP status; 0 when there was no answer.
  std::string body;
  std::optional<Duration> retry_after;
  Failure failure = Failure::kNone;
  std::string reason;  ///< Of a failure, for people; holds no credential.
};

/// A request with who hears of its end. All functions are called on the transport thread, and `done` is the last,
/// called once unless the exchange is cancelled.
struct Exchange {
  HttpRequest request;
  std::function<void()> opened;  ///< The server has said 200 and will send its body. May be empty.
  std::function<void(std::string_view)>
      data;  ///< Takes the body of a 200 as it comes; empty collects it in the answer.
  std::function<void(HttpAnswer&&)> done;
};

using ExchangeId = std::uint64_t;

/// What carries requests: the seam between the module and the network. Thread-safe; nothing in it blocks.
class Transport {
 public:
  static constexpr std::size_t kMaxAnswerBytes = 64 * 1024 * 1024;

  virtual ~Transport() = default;
  virtual ExchangeId start(Exchange exchange) = 0;
  /// Gives the exchange up; its functions may still be called until the transport thread has seen this.
  virtual void cancel(ExchangeId id) = 0;
  /// Calls `task` on the transport thread, after `delay`.
  virtual void later(Duration delay, std::function<void()> task) = 0;
};

}  // namespace reconciler::kube
