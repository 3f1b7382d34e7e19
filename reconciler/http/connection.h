#pragma once

#include <memory>
#include <optional>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cpprest/http_msg.h>

#include "http/connections.h"
#include "http/feed.h"
#include "http/message.h"

namespace reconciler::http {

/// One caller's connection, from its first byte to its last, one request after the other. A request goes to the handler
/// when it is whole and within the limits; the answer comes back by `answer`. Lives as long as something is under way
/// for it: a handler that drops its request without an answer ends the connection.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket&& socket, std::shared_ptr<Connections> all);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Begins to read. The socket's executor must be a strand.
  void start();
  /// Sends the answer to the request that the handler was given. Any thread, once a request. With `streaming` it has no
  /// end: the connection sends on what the feed brings, and a comment now and then, until it closes.
  void answer(const web::http::http_response& response, std::optional<Streaming> streaming);
  /// Ends the connection, whatever it does. Any thread.
  void close();

 private:
  using ErrorCode = boost::system::error_code;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Answer = boost::beast::http::response<boost::beast::http::string_body>;
  using Serializer = boost::beast::http::response_serializer<boost::beast::http::string_body>;

  void read_head();
  void on_head(const ErrorCode& error);
  void invite_body();
  void read_body();
  void on_body(const ErrorCode& error);
  void handle();
  void on_error(const ErrorCode& error);
  /// Answers in the handler's stead, and ends the connection.
  void refuse(const Response& response);
  void write(const Response& response);
  void on_written(const ErrorCode& error);
  void begin_stream(const Response& response, Streaming streaming);
  void send_more();
  void wait_for_more();
  void end_stream();
  void discard_rest();
  void on_discarded(const ErrorCode& error, std::size_t bytes);
  bool reserve_body();
  void release_body();

  const std::shared_ptr<Connections> all_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::optional<Answer> answer_;
  std::optional<Serializer> serializer_;
  std::size_t reserved_ = 0;
  std::size_t discarded_ = 0;
  bool head_only_ = false;
  std::optional<Streaming> streaming_;
  boost::asio::steady_timer heartbeat_;
  std::string chunk_;     ///< What is being sent of a stream.
  bool sending_ = false;  ///< Of a stream.
  bool keep_ = false;     ///< Whether another request may follow the one under way.
};

/// The way back from a request to its connection. cpprestsdk hands it from the request to the response.
struct AnswerPath final : web::http::details::_http_server_context {
  explicit AnswerPath(std::shared_ptr<Connection> to) : connection(std::move(to)) {}
  const std::shared_ptr<Connection> connection;
  std::optional<Streaming> streaming;  ///< Goes with the response.
};

}  // namespace reconciler::http
