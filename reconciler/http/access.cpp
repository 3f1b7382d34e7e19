#include "http/access.h"

#include <algorithm>

#include "http/forge.h"

namespace reconciler::http {
namespace {

/// The token of `Authorization: Bearer <token>`; "" when there is none. The scheme's name has no case (RFC 9110, 11.1).
std::string_view bearer_token(const Request& request) {
  constexpr std::string_view kScheme = "bearer ";
  auto value = request.header("Authorization");
  const HeaderNameLess less;
  const auto scheme = value.substr(0, kScheme.size());
  if (less(scheme, kScheme) || less(kScheme, scheme)) return "";
  value.remove_prefix(kScheme.size());
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return value;
}

}  // namespace

Access::Access(std::unique_ptr<SecretFile> token, std::unique_ptr<SecretFile> webhook_secret, bool open_reads)
    : token_(std::move(token)), webhook_secret_(std::move(webhook_secret)), open_reads_(open_reads) {}

std::optional<Response> Access::refuse(Right right, const Request& request) {
  if (right == Right::kNone || (right == Right::kRead && open_reads_) || has_token(request)) return std::nullopt;
  if (right == Right::kSync && has_valid_signature(request)) return std::nullopt;
  if (token_ == nullptr) return unauthorized("no token is configured: start the service with --token-file FILE");
  return unauthorized("this needs 'Authorization: Bearer TOKEN' with the service's token");
}

std::optional<std::string> Access::webhook_secret() {
  return webhook_secret_ == nullptr ? std::nullopt : webhook_secret_->value();
}

bool Access::has_token(const Request& request) {
  const auto token = bearer_token(request);
  return token_ != nullptr && !token.empty() && token_->matches(token);
}

bool Access::has_valid_signature(const Request& request) {
  const auto secret = webhook_secret();
  return secret && has_signature(request, *secret);
}

Response unauthorized(const std::string& message) {
  auto response = error_response(401, message);
  response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"reconciler\"");
  return response;
}

}  // namespace reconciler::http
