#include "yaml/utf8.h"

#include <algorithm>

namespace reconciler::yaml {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t at) { return static_cast<std::uint8_t>(text[at]); }

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<std::uint8_t>(c) < 0x7F; });
}

std::uint32_t decode(std::string_view text, std::size_t at, std::size_t width) {
  const std::uint8_t first = byte_at(text, at);
  std::uint32_t code = width == 1 ? first : first & (0xFFU >> (width + 1));
  for (std::size_t i = 1; i < width; ++i) code = code << 6 | (byte_at(text, at + i) & 0x3FU);
  return code;
}

}  // namespace

std::size_t utf8_width(std::string_view text, std::size_t at) {
  const std::uint8_t first = byte_at(text, at);
  if (first < 0x80) return 1;
  const std::size_t width = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() - at < width) return 0;
  for (std::size_t i = 1; i < width; ++i) {
    if ((byte_at(text, at + i) & 0xC0) != 0x80) return 0;
  }
  const std::uint32_t code = decode(text, at, width);
  const bool too_long = (width == 3 && code < 0x800) || (width == 4 && code < 0x10000);
  return too_long || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) ? 0 : width;
}

std::uint32_t code_point(std::string_view text, std::size_t at) { return decode(text, at, utf8_width(text, at)); }

std::size_t bytes_of(std::string_view text, std::size_t characters) {
  std::size_t at = 0;
  for (; characters > 0 && at < text.size(); --characters) at += utf8_width(text, at);
  return at;
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) code = 0xFFFD;
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr std::uint32_t kFirst[] = {0x00, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(kFirst[more] | code >> (6 * more));
  for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80U | (code >> (6 * i) & 0x3FU));
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t width = utf8_width(text, at);
    if (width == 0) return false;
    at += width;
  }
  return true;
}

std::string with_valid_utf8(std::string_view text) {
  std::string valid;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t width = utf8_width(text, at);
    valid += width == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(at, width);
    at += std::max<std::size_t>(width, 1);
  }
  return valid;
}

bool can_be_yaml(std::string_view text) {
  if (is_ascii(text)) return true;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t width = utf8_width(text, at);
    const std::uint32_t code = width == 0 ? 0xFFFD : decode(text, at, width);
    if (code == 0x7F || (code >= 0x80 && code < 0xA0 && code != 0x85) || code == 0xFFFE || code == 0xFFFF) return false;
    at += std::max<std::size_t>(width, 1);
  }
  return true;
}

}  // namespace reconciler::yaml
