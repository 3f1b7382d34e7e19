#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include <cpprest/http_msg.h>

#include "http/limits.h"

namespace reconciler::http {

class Connection;

/// What the connections of one listener share: their number, the memory of their bodies, and where requests go.
/// Thread-safe. Lives as long as the last connection.
class Connections {
 public:
  using Handler = std::function<void(web::http::http_request)>;

  explicit Connections(const Limits& limits) : limits_(limits) {}

  const Limits& limits() const { return limits_; }
  bool closing() const { return closing_; }

  /// Counts a new connection in, at the cost of the longest idle one when there are too many. False when it must go:
  /// all others are at work, or the listener closes.
  bool admit(const std::shared_ptr<Connection>& connection);
  /// The connection waits for its caller to send the head of a request.
  void waits(Connection& connection);
  /// The connection has a request to work on.
  void works(Connection& connection);
  /// The connection is gone.
  void leave(Connection& connection);

  /// Takes room for a body; false when there is none.
  bool reserve(std::size_t bytes);
  void release(std::size_t bytes);

  /// Takes a place for an answer without an end; false when there is none.
  bool reserve_stream();
  void release_stream();

  /// Where requests go from now on; none go anywhere after `handle_with({})` has returned.
  void handle_with(Handler handler);
  /// Hands a request to the handler; without one it is dropped, and with it its connection.
  void handle(const web::http::http_request& request);

  /// Admits nobody any more, closes idle connections, gives the others `close_time` to send their answer, and returns
  /// when all are gone.
  void close();

 private:
  struct Member {
    std::weak_ptr<Connection> connection;
    std::list<Connection*>::iterator idle;  ///< Its place in `idle_`; the end when it works.
  };
  using Members = std::vector<std::shared_ptr<Connection>>;

  Members idle_members();
  Members all_members();

  const Limits limits_;
  std::atomic<bool> closing_{false};
  std::atomic<std::size_t> reserved_{0};
  std::atomic<std::size_t> streams_{0};
  std::mutex mutex_;
  std::condition_variable left_;
  std::map<Connection*, Member> members_;
  std::list<Connection*> idle_;  ///< Those that wait, the longest first.
  std::shared_mutex handler_mutex_;
  Handler handler_;
};

}  // namespace reconciler::http
