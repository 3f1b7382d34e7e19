#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace reconciler {

/// The bytes of a base 64 text (RFC 4648 section 4, padded, line breaks allowed); nothing for any other text.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace reconciler
