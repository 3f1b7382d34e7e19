#pragma once

#include <memory>

#include <boost/asio/ip/tcp.hpp>
#include <cpprest/details/http_server.h>

#include "http/connections.h"

namespace reconciler::http {

/// What cpprestsdk's `http_listener` runs on here, in the place that the library has for it (`http_server_api`). Its
/// own one (2.10.18) puts no bound on heads, bodies or time, answers only once it has read a whole body into memory,
/// and ends the process on a chunk of length -1. Serves one listener, on cpprestsdk's thread pool.
class Transport final : public web::http::experimental::details::http_server {
 public:
  Transport(boost::asio::ip::tcp::acceptor&& acceptor, const Limits& limits);

  pplx::task<void> start() override;
  pplx::task<void> stop() override;
  pplx::task<void> register_listener(web::http::experimental::listener::details::http_listener_impl* listener) override;
  /// Ends when every connection has; the listener's handler is not called after that.
  pplx::task<void> unregister_listener(
      web::http::experimental::listener::details::http_listener_impl* listener) override;
  pplx::task<void> respond(web::http::http_response response) override;

 private:
  class Door;
  const std::shared_ptr<Connections> connections_;
  const std::shared_ptr<Door> door_;
};

}  // namespace reconciler::http
