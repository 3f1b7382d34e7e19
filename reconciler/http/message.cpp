#include "http/message.h"

#include <algorithm>

#include <cpprest/base_uri.h>
#include <nlohmann/json.hpp>

namespace reconciler::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
      return 400;
    case ErrorKind::kNotFound:
      return 404;
    case ErrorKind::kForbidden:
      return 403;
    case ErrorKind::kConflict:
      return 409;
    case ErrorKind::kRejected:
      return 422;
    case ErrorKind::kUnavailable:
    case ErrorKind::kCancelled:
      return 503;
    case ErrorKind::kInternal:
      return 500;
  }
  return 500;
}

}  // namespace

bool HeaderNameLess::operator()(std::string_view a, std::string_view b) const {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](char x, char y) { return lower(x) < lower(y); });
}

std::string_view Request::header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view() : found->second;
}

Result<std::vector<std::string>> decode_path(const std::string& path) try {
  auto segments = web::uri::split_path(path);
  for (auto& segment : segments) segment = web::uri::decode(segment);
  return segments;
} catch (const std::exception&) {
  return fail(ErrorKind::kInvalid, "the path is not well-formed");
}

Response text_response(int status, std::string text) {
  return Response{status, "text/plain; charset=utf-8", std::move(text), {}};
}

Response json_response(int status, const Json& body) {
  // A byte that is not UTF-8 can come in with a header that is quoted back; it must not cost the answer.
  return Response{status, "application/json", body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n", {}};
}

Response error_response(int status, const std::string& message) {
  return json_response(status, {{"error", {{"code", status}, {"reason", reason_of(status)}, {"message", message}}}});
}

Response error_response(const Error& error) {
  if (error.kind == ErrorKind::kInternal) return error_response(500, "an internal error; the service's log has more");
  return error_response(status_of(error.kind), error.line());
}

const char* reason_of(int status) {
  switch (status) {
    case 400:
      return "BadRequest";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "NotFound";
    case 405:
      return "MethodNotAllowed";
    case 409:
      return "Conflict";
    case 413:
      return "PayloadTooLarge";
    case 415:
      return "UnsupportedMediaType";
    case 422:
      return "UnprocessableContent";
    case 431:
      return "RequestHeaderFieldsTooLarge";
    case 500:
      return "InternalServerError";
    case 501:
      return "NotImplemented";
    case 503:
      return "ServiceUnavailable";
    default:
      return "Error";
  }
}

}  // namespace reconciler::http
