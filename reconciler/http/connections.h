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

  /// Counts a new connection in. When there are too many, the one that idles longest is closed for it; when none idles,
  /// the one whose request takes longest, which may owe its body or not read its answer; streams, which are few, come
  /// last. False when it must go: the listener closes, or all others are being closed already.
  bool admit(const std::shared_ptr<Connection>& connection);
  /// The connection waits for its caller to send the head of a request.
  void waits(Connection& connection);
  /// The connection has a request to work on.
  void works(Connection& connection);
  /// The connection has an answer without an end; false when there are too many of these.
  bool streams(Connection& connection);
  /// The connection is gone.
  void leave(Connection& connection);

  /// Takes room for a body; false when there is none.
  bool reserve(std::size_t bytes);
  void release(std::size_t bytes);

  /// Where requests go from now on; none go anywhere after `handle_with({})` has returned.
  void handle_with(Handler handler);
  /// Hands a request to the handler; without one it is dropped, and with it its connection.
  void handle(const web::http::http_request& request);

  /// Admits nobody any more, closes idle connections and streams, gives the others `close_time` to send their answer,
  /// and returns when all are gone.
  void close();

 private:
  using List = std::list<Connection*>;
  struct Member {
    std::weak_ptr<Connection> connection;
    List* list;  ///< The one that it is in; null once it has to go.
    List::iterator place;
  };
  using Members = std::vector<std::shared_ptr<Connection>>;

  void move(Connection& connection, List& to);
  List* first_to_give_way();
  Members members_without_answer();
  Members all_members();

  const Limits limits_;
  std::atomic<bool> closing_{false};
  std::atomic<std::size_t> reserved_{0};
  std::mutex mutex_;
  std::condition_variable left_;
  std::map<Connection*, Member> members_;
  // Each the longest first.
  List idle_;
  List working_;
  List streams_;
  std::shared_mutex handler_mutex_;
  Handler handler_;
};

}  // namespace reconciler::http
