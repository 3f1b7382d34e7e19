#include "http/listen_address.h"

#include <charconv>
#include <optional>

namespace reconciler::http {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

tl::unexpected<Error> malformed(const std::string& text) {
  return fail(ErrorKind::kInvalid,
              "'" + text + "' is not an address to listen on: write HOST:PORT, as 127.0.0.1:8080 or [::1]:8080");
}

/// The host without the brackets of an IPv6 address; nothing when the brackets do not fit.
std::optional<std::string> unbracketed(std::string_view host) {
  const bool opens = host.starts_with('['), closes = host.ends_with(']');
  if (opens && closes && host.size() > 2) return std::string(host.substr(1, host.size() - 2));
  if (opens || closes || host.find(':') != std::string_view::npos) return std::nullopt;
  return std::string(host);
}

}  // namespace

Result<ListenAddress> parse_listen_address(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return malformed(text);
  const auto host = unbracketed(std::string_view(text).substr(0, colon));
  const auto port = parse_port(std::string_view(text).substr(colon + 1));
  if (!host || !port) return malformed(text);
  return ListenAddress{host->empty() ? "0.0.0.0" : *host, *port};
}

}  // namespace reconciler::http
