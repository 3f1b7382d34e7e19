#include "http/server.h"

#include <boost/asio/strand.hpp>
#include <boost/beast/http/status.hpp>
#include <cpprest/details/http_server_api.h>
#include <cpprest/http_listener.h>
#include <pplx/threadpool.h>
#include <spdlog/spdlog.h>

#include "base/digest.h"
#include "http/body.h"
#include "http/connection.h"
#include "http/event_stream.h"
#include "http/routes.h"
#include "http/thread_pool.h"
#include "http/transport.h"

namespace reconciler::http {
namespace {

namespace net = boost::asio;
using Acceptor = net::ip::tcp::acceptor;
using Endpoint = net::ip::tcp::endpoint;
using web::http::experimental::details::http_server_api;
using web::http::experimental::listener::http_listener;

/// The address to bind; an IPv4 one when the name has several, as "localhost" does.
Result<Endpoint> resolve(const ListenAddress& address) {
  boost::system::error_code error;
  net::ip::tcp::resolver resolver(crossplat::threadpool::shared_instance().service());
  const auto found =
      resolver.resolve(address.host, std::to_string(address.port), net::ip::tcp::resolver::passive, error);
  if (error || found.empty()) {
    return fail(ErrorKind::kInvalid, "the host '" + address.host + "' to listen on has no address");
  }
  for (const auto& entry : found) {
    if (entry.endpoint().address().is_v4()) return entry.endpoint();
  }
  return found.begin()->endpoint();
}

Result<Acceptor> bind(const Endpoint& endpoint) {
  Acceptor acceptor(net::make_strand(crossplat::threadpool::shared_instance().service()));
  boost::system::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(Acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
  if (!error) return acceptor;
  return fail(ErrorKind::kUnavailable,
              "cannot listen on port " + std::to_string(endpoint.port()) + ": " + error.message());
}

Result<std::unique_ptr<SecretFile>> open_secret(const std::string& path, const std::string& flag) {
  if (path.empty()) return std::unique_ptr<SecretFile>();
  auto file = SecretFile::open(path);
  if (!file) return fail(std::move(file.error()).within(flag));
  return file;
}

Request from_cpprest(const web::http::http_request& message, std::vector<std::string> segments) {
  Request request{message.method(), std::move(segments), {}, whole_body(message.body())};
  for (const auto& [name, value] : message.headers()) request.headers.emplace(name, value);
  return request;
}

web::http::http_response to_cpprest(Response&& from) {
  web::http::http_response response(static_cast<web::http::status_code>(from.status));
  // Given here, since the library makes its table of them when two threads may be at it.
  response.set_reason_phrase(
      std::string(boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(from.status))));
  for (const auto& [name, value] : from.headers) response.headers().add(name, value);
  response.set_body(std::move(from.body), from.content_type);
  return response;
}

class Listener final : public Server {
 public:
  Listener(std::unique_ptr<Access> access, controller::Api& api, std::uint16_t port, const Limits& limits)
      : access_(std::move(access)),
        api_(api),
        limits_(limits),
        routes_(*access_, api),
        port_(port),
        listener_(web::uri("http://localhost:" + std::to_string(port))) {}

  ~Listener() override try { listener_.close().wait(); } catch (const std::exception& thrown) {
    spdlog::error("http: closing the listener: {}", thrown.what());
  }

  std::uint16_t port() const override { return port_; }

  Status open(Acceptor&& acceptor) try {
    // OPTIONS and TRACE are named because cpprestsdk would answer them itself otherwise.
    const auto handler = [this](const web::http::http_request& message) { handle(message); };
    listener_.support(handler);
    listener_.support(web::http::methods::OPTIONS, handler);
    listener_.support(web::http::methods::TRCE, handler);
    http_server_api::register_server_api(std::make_unique<Transport>(std::move(acceptor), limits_));
    listener_.open().wait();
    return {};
  } catch (const std::exception& thrown) {
    return fail(ErrorKind::kInternal, std::string("cannot open the listener: ") + thrown.what());
  }

 private:
  /// An exception would end the process: the library lets none of them stop a thread of its pool.
  void handle(const web::http::http_request& message) try {
    auto segments = decode_path(message.request_uri().path());
    auto response =
        segments ? routes_.handle(from_cpprest(message, std::move(*segments))) : error_response(segments.error());
    if (response.following) follow(message, *response.following, response);
    message.reply(to_cpprest(std::move(response)));
  } catch (const std::exception& thrown) {
    spdlog::error("http: a request was dropped: {}", thrown.what());
  }

  void follow(const web::http::http_request& message, const Following& following, Response& response) {
    auto streaming = open_event_stream(api_, following, limits_.stream_bytes);
    if (streaming) {
      static_cast<AnswerPath*>(message._get_server_context())->streaming = std::move(streaming);
    } else {
      response = no_events(following.environment);
    }
  }

  Response no_events(const std::string& name) const {
    if (api_.environment(name) == nullptr) return error_response(404, "environment '" + name + "' is gone");
    return error_response(503, "another replica works on environment '" + name + "' and tells its events; ask again");
  }

  const std::unique_ptr<Access> access_;
  controller::Api& api_;
  const Limits limits_;
  Routes routes_;
  const std::uint16_t port_;
  http_listener listener_;
};

}  // namespace

Result<std::unique_ptr<Server>> serve(const ServerOptions& options, controller::Api& api) {
  // Makes the library behind it ready by this thread: what it allots to the first thread, that one must not end before.
  static_cast<void>(sha256(""));
  start_thread_pool();
  TRY(const auto endpoint, resolve(options.listen));
  const bool local = endpoint.address().is_loopback();
  if (!local && options.token_file.empty()) {
    return fail(ErrorKind::kInvalid,
                "'" + options.listen.host +
                    "' can be reached by others than this machine: set --token-file FILE, or listen "
                    "on 127.0.0.1");
  }
  TRY(auto token, open_secret(options.token_file, "--token-file"));
  TRY(auto secret, open_secret(options.webhook_secret_file, "--webhook-secret-file"));
  TRY(auto acceptor, bind(endpoint));
  const auto port = acceptor.local_endpoint().port();
  auto access = std::make_unique<Access>(std::move(token), std::move(secret), local);
  auto listener = std::make_unique<Listener>(std::move(access), api, port, options.limits);
  TRY_VOID(listener->open(std::move(acceptor)));
  return listener;
}

}  // namespace reconciler::http
