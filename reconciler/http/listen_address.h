#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace reconciler::http {

/// Where the service listens.
struct ListenAddress {
  std::string host;        ///< A name or an address, IPv6 without brackets.
  std::uint16_t port = 0;  ///< 0 asks the system for a free one.

  bool operator==(const ListenAddress&) const = default;
};

/// Reads `HOST:PORT`, `[IPv6]:PORT` or `:PORT` (every IPv4 address of the machine). Errors: kInvalid.
Result<ListenAddress> parse_listen_address(const std::string& text);

}  // namespace reconciler::http
