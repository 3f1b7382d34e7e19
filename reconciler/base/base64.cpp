#include "base/base64.h"

#include <algorithm>

#include <openssl/evp.h>

namespace reconciler {

std::optional<std::string> from_base64(std::string_view text) {
  std::string compact;
  std::copy_if(text.begin(), text.end(), std::back_inserter(compact), [](char c) { return c != '\n' && c != '\r'; });
  std::string bytes(compact.size() / 4 * 3, '\0');
  const auto* from = reinterpret_cast<const unsigned char*>(compact.data());
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), from, static_cast<int>(compact.size()));
  if (length < 0) return std::nullopt;
  // The padding was decoded to zeros.
  const auto padding = compact.size() - std::min(compact.size(), compact.find_last_not_of('=') + 1);
  bytes.resize(static_cast<std::size_t>(length) - std::min<std::size_t>(padding, 2));
  return bytes;
}

}  // namespace reconciler
