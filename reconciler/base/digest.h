#pragma once

#include <string>
#include <string_view>

namespace reconciler {

/// SHA-256 of the bytes, as 32 raw bytes.
std::string sha256(std::string_view bytes);
/// SHA-256 of the bytes, as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);
/// HMAC of the message, as raw bytes; `algorithm` is "sha1", "sha256" or "sha512". Empty for any other algorithm.
std::string hmac(std::string_view algorithm, std::string_view key, std::string_view message);

std::string hex(std::string_view bytes);
/// Base 64 of RFC 4648 section 4 (with padding), in one line.
std::string base64(std::string_view bytes);
/// Base 64 of RFC 4648 section 5 (URL alphabet), without padding.
std::string base64_url(std::string_view bytes);

/// Whether two secrets are equal, in a time that depends only on their lengths.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace reconciler
