#include "http/transport.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <cpprest/http_listener.h>
#include <pplx/threadpool.h>

#include "http/connection.h"

namespace reconciler::http {

namespace net = boost::asio;
using Listener = web::http::experimental::listener::details::http_listener_impl;

/// Takes in new connections, one after the other, until it is shut.
class Transport::Door : public std::enable_shared_from_this<Door> {
 public:
  Door(net::ip::tcp::acceptor&& acceptor, std::shared_ptr<Connections> connections)
      : acceptor_(std::move(acceptor)), pause_(acceptor_.get_executor()), connections_(std::move(connections)) {}

  void open() {
    net::post(acceptor_.get_executor(), [self = shared_from_this()] { self->accept(); });
  }

  void shut() {
    net::post(acceptor_.get_executor(), [self = shared_from_this()] {
      boost::system::error_code ignored;
      self->acceptor_.close(ignored);
      self->pause_.cancel();
    });
  }

 private:
  void accept() {
    auto strand = net::make_strand(crossplat::threadpool::shared_instance().service());
    acceptor_.async_accept(
        strand, [self = shared_from_this()](const boost::system::error_code& error, net::ip::tcp::socket socket) {
          self->on_accepted(error, std::move(socket));
        });
  }

  void on_accepted(const boost::system::error_code& error, net::ip::tcp::socket&& socket) {
    if (!acceptor_.is_open()) return;
    if (error) return accept_later();
    const auto connection = std::make_shared<Connection>(std::move(socket), connections_);
    if (connections_->admit(connection)) connection->start();
    accept();
  }

  /// What fails here is mostly a lack of descriptors, which lasts a while.
  void accept_later() {
    pause_.expires_after(std::chrono::milliseconds(100));
    pause_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error && self->acceptor_.is_open()) self->accept();
    });
  }

  net::ip::tcp::acceptor acceptor_;
  net::steady_timer pause_;
  const std::shared_ptr<Connections> connections_;
};

Transport::Transport(net::ip::tcp::acceptor&& acceptor, const Limits& limits)
    : connections_(std::make_shared<Connections>(limits)),
      door_(std::make_shared<Door>(std::move(acceptor), connections_)) {}

pplx::task<void> Transport::start() { return pplx::task_from_result(); }

pplx::task<void> Transport::stop() { return pplx::task_from_result(); }

pplx::task<void> Transport::register_listener(Listener* listener) {
  connections_->handle_with([listener](const web::http::http_request& request) { listener->handle_request(request); });
  door_->open();
  return pplx::task_from_result();
}

pplx::task<void> Transport::unregister_listener(Listener*) {
  door_->shut();
  connections_->close();
  connections_->handle_with({});
  return pplx::task_from_result();
}

pplx::task<void> Transport::respond(web::http::http_response response) {
  auto& path = *static_cast<AnswerPath*>(response._get_server_context());
  path.connection->answer(response, std::move(path.streaming));
  return pplx::task_from_result();
}

}  // namespace reconciler::http
