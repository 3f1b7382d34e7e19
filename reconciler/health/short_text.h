#pragma once

#include <string>

namespace reconciler::health {

/// A text of at most so many bytes: cut between two characters of UTF-8, with "…" at the end, when it is longer.
inline std::string shortened(std::string text, std::size_t most = 1024) {
  static const std::string kMore = "…";
  if (text.size() <= most) return text;
  auto end = most - kMore.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + kMore;
}

}  // namespace reconciler::health
