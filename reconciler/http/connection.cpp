#include "http/connection.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "http/body.h"

namespace reconciler::http {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;

/// What every answer says besides itself: nobody stores it, guesses its type, shows it in a frame or runs anything in
/// it.
constexpr std::pair<const char*, const char*> kHeadersOfAll[] = {
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Content-Type-Options", "nosniff"},
};

Response from_cpprest(const web::http::http_response& response) {
  Response plain{response.status_code(), "", whole_body(response.body()), {}};
  for (const auto& [name, value] : response.headers()) {
    if (wire::string_to_field(name) == wire::field::content_type)
      plain.content_type = value;
    else if (wire::string_to_field(name) != wire::field::content_length)
      plain.headers.emplace_back(name, value);
  }
  return plain;
}

/// Nothing when the target is no URI.
std::optional<web::http::http_request> to_cpprest(wire::request<wire::string_body>&& from,
                                                  std::shared_ptr<Connection> connection) try {
  auto request = web::http::http_request::_create_request(std::make_unique<AnswerPath>(std::move(connection)));
  request.set_method(std::string(from.method_string()));
  request.set_request_uri(std::string(from.target()));
  for (const auto& field : from) request.headers().add(std::string(field.name_string()), std::string(field.value()));
  // The length is the body's, whatever coding it came in.
  request.headers().remove("Content-Length");
  request.headers().remove("Transfer-Encoding");
  const auto type = request.headers().content_type();
  request.set_body(std::move(from.body()), type.empty() ? "application/octet-stream" : type);
  return request;
} catch (const std::exception&) {
  return std::nullopt;
}

/// What leaves open where the request ends, or whom it is for, is answered and hung up on (RFC 9112, 3.2 and 6.1).
std::optional<Response> ambiguity(const wire::request<wire::string_body>& request) {
  const auto codings = request.count(wire::field::transfer_encoding);
  if (codings > 1 || (codings == 1 && !beast::iequals(request[wire::field::transfer_encoding], "chunked")))
    return error_response(501, "a body comes with its length, or in chunks");
  const auto hosts = request.count(wire::field::host);
  if (hosts > 1 || (hosts == 0 && request.version() > 10)) return error_response(400, "a request has one Host");
  return std::nullopt;
}

bool is_gone(const boost::system::error_code& error) {
  return error == wire::error::end_of_stream || error.category() != make_error_code(wire::error::bad_method).category();
}

}  // namespace

Connection::Connection(net::ip::tcp::socket&& socket, std::shared_ptr<Connections> all)
    : all_(std::move(all)), stream_(std::move(socket)), buffer_(64 * 1024), heartbeat_(stream_.get_executor()) {}

Connection::~Connection() {
  release_body();
  all_->leave(*this);
}

void Connection::start() {
  ErrorCode ignored;
  stream_.socket().set_option(net::ip::tcp::no_delay(true), ignored);
  net::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->read_head(); });
}

void Connection::answer(const web::http::http_response& response, std::optional<Streaming> streaming) {
  net::dispatch(stream_.get_executor(), [self = shared_from_this(), plain = from_cpprest(response),
                                         streaming = std::move(streaming)]() mutable {
    if (!streaming || self->head_only_) return self->write(plain);
    self->begin_stream(plain, *std::move(streaming));
  });
}

void Connection::close() {
  net::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->end_stream(); });
}

void Connection::read_head() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(all_->limits().head_bytes));
  parser_->body_limit(all_->limits().body_bytes);
  keep_ = head_only_ = false;
  all_->waits(*this);
  if (all_->closing()) return;
  stream_.expires_after(all_->limits().head_time);
  wire::async_read_header(stream_, buffer_, *parser_,
                          [self = shared_from_this()](const ErrorCode& error, std::size_t) { self->on_head(error); });
}

void Connection::on_head(const ErrorCode& error) {
  if (error) return on_error(error);
  all_->works(*this);
  head_only_ = parser_->get().method() == wire::verb::head;
  if (const auto answer = ambiguity(parser_->get())) return refuse(*answer);
  if (!reserve_body()) return refuse(error_response(503, "too many bodies are under way; try again"));
  if (beast::iequals(parser_->get()[wire::field::expect], "100-continue")) return invite_body();
  read_body();
}

void Connection::invite_body() {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  stream_.expires_after(all_->limits().write_time);
  net::async_write(stream_, net::buffer(kContinue), [self = shared_from_this()](const ErrorCode& error, std::size_t) {
    if (!error) self->read_body();
  });
}

void Connection::read_body() {
  stream_.expires_after(all_->limits().body_time);
  wire::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](const ErrorCode& error, std::size_t) { self->on_body(error); });
}

void Connection::on_body(const ErrorCode& error) {
  if (error) return on_error(error);
  keep_ = parser_->keep_alive();
  handle();
}

void Connection::handle() {
  const auto request = to_cpprest(parser_->release(), shared_from_this());
  if (!request) return refuse(error_response(400, "the request's target is not well-formed"));
  // The last thing done here, because the answer may come before it returns.
  all_->handle(*request);
}

void Connection::on_error(const ErrorCode& error) {
  if (is_gone(error)) return stream_.close();
  all_->works(*this);
  if (error == wire::error::body_limit) {
    return refuse(
        error_response(413, "the body is larger than " + std::to_string(all_->limits().body_bytes) + " bytes"));
  }
  if (error == wire::error::header_limit || error == wire::error::buffer_overflow) {
    return refuse(error_response(431, "the head of the request is too large"));
  }
  refuse(error_response(400, "the request is not well-formed HTTP/1.1"));
}

void Connection::refuse(const Response& response) {
  keep_ = false;
  write(response);
}

void Connection::write(const Response& response) {
  keep_ = keep_ && !all_->closing();
  release_body();
  answer_.emplace(static_cast<wire::status>(response.status), 11);
  for (const auto& [name, value] : kHeadersOfAll) answer_->set(name, value);
  answer_->set(wire::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers) answer_->set(name, value);
  answer_->keep_alive(keep_);
  answer_->body() = response.body;
  answer_->prepare_payload();
  serializer_.emplace(*answer_);
  serializer_->split(head_only_);
  stream_.expires_after(all_->limits().write_time);
  const auto written = [self = shared_from_this()](const ErrorCode& error, std::size_t) { self->on_written(error); };
  if (head_only_) {
    wire::async_write_header(stream_, *serializer_, written);
  } else {
    wire::async_write(stream_, *serializer_, written);
  }
}

void Connection::on_written(const ErrorCode& error) {
  if (error) return stream_.close();
  if (keep_) return read_head();
  // A socket that is closed with bytes unread resets the connection, and the caller may never see the answer.
  ErrorCode ignored;
  stream_.socket().shutdown(net::ip::tcp::socket::shutdown_send, ignored);
  stream_.expires_after(all_->limits().close_time);
  discard_rest();
}

void Connection::begin_stream(const Response& response, Streaming streaming) {
  if (!all_->streams(*this)) return refuse(error_response(503, "too many follow events already; try again later"));
  streaming_ = std::move(streaming);
  sending_ = true;
  streaming_->feed->on_text([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    net::post(self->stream_.get_executor(), [self] {
      if (self->streaming_ && !self->sending_) self->send_more();
    });
  });
  release_body();
  answer_.emplace(static_cast<wire::status>(response.status), 11);
  for (const auto& [name, value] : kHeadersOfAll) answer_->set(name, value);
  answer_->set(wire::field::content_type, response.content_type);
  answer_->keep_alive(false);
  answer_->chunked(true);
  serializer_.emplace(*answer_);
  serializer_->split(true);
  stream_.expires_after(all_->limits().write_time);
  wire::async_write_header(stream_, *serializer_, [self = shared_from_this()](const ErrorCode& error, std::size_t) {
    if (error) return self->end_stream();
    self->send_more();
  });
}

void Connection::send_more() {
  if (!streaming_) return;
  auto text = streaming_->feed->take();
  if (!text || all_->closing()) return end_stream();
  chunk_ = *std::move(text);
  sending_ = !chunk_.empty();
  if (!sending_) return wait_for_more();
  heartbeat_.cancel();
  stream_.expires_after(all_->limits().write_time);
  net::async_write(stream_, wire::make_chunk(net::buffer(chunk_)),
                   [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                     if (error) return self->end_stream();
                     self->send_more();
                   });
}

void Connection::wait_for_more() {
  heartbeat_.expires_after(all_->limits().heartbeat);
  heartbeat_.async_wait([self = shared_from_this()](const ErrorCode& error) {
    if (!error && self->streaming_) self->streaming_->feed->write(":\n\n");
  });
}

void Connection::end_stream() {
  streaming_.reset();
  heartbeat_.cancel();
  stream_.close();
}

void Connection::discard_rest() {
  buffer_.clear();
  stream_.async_read_some(
      buffer_.prepare(16 * 1024),
      [self = shared_from_this()](const ErrorCode& error, std::size_t bytes) { self->on_discarded(error, bytes); });
}

void Connection::on_discarded(const ErrorCode& error, std::size_t bytes) {
  discarded_ += bytes;
  if (error || discarded_ > all_->limits().discarded_bytes) return stream_.close();
  discard_rest();
}

bool Connection::reserve_body() {
  const auto announced = parser_->content_length();
  const std::size_t bytes = announced ? *announced : parser_->chunked() ? all_->limits().body_bytes : 0;
  if (!all_->reserve(bytes)) return false;
  reserved_ = bytes;
  return true;
}

void Connection::release_body() {
  all_->release(reserved_);
  reserved_ = 0;
}

}  // namespace reconciler::http
