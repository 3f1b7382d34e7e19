#include <re2/re2.h>

#include "yaml/emit.h"
#include "yaml/utf8.h"

namespace reconciler::yaml {
namespace {

// A character of a key, and how many bytes it takes.
struct Rune {
  std::uint32_t code = 0;
  std::size_t width = 0;
};

Rune rune_at(std::string_view text, std::size_t at) {
  const std::size_t width = utf8_width(text, at);
  return width == 0 ? Rune{0xFFFD, 1} : Rune{code_point(text, at), width};
}

bool is_in_class(std::uint32_t code, const RE2& characters) {
  std::string text;
  append_utf8(text, code);
  return RE2::FullMatch(text, characters);
}

bool is_letter(std::uint32_t code) {
  if (code < 0x80) return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
  static const RE2 kLetter("\\pL");
  return is_in_class(code, kLetter);
}

bool is_digit(std::uint32_t code) {
  if (code < 0x80) return code >= '0' && code <= '9';
  static const RE2 kDigit("\\p{Nd}");
  return is_in_class(code, kDigit);
}

// Whether the digits right before `at` hold one that is not zero: then a zero at `at` belongs to a larger number.
bool follows_nonzero_digit(std::string_view text, std::size_t at) {
  while (at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9') {
    if (text[--at] != '0') return true;
  }
  return false;
}

struct Run {
  std::uint64_t value;  // Wraps as Go's int64 does.
  std::size_t length;
};

Run digits_from(std::string_view text, std::size_t at, std::uint64_t value) {
  std::size_t length = 0;
  while (at < text.size()) {
    const Rune rune = rune_at(text, at);
    if (!is_digit(rune.code)) break;
    value = value * 10 + (rune.code - '0');
    at += rune.width;
    ++length;
  }
  return {value, length};
}

bool less_at(std::string_view a, std::string_view b, std::size_t at) {
  const std::uint32_t x = rune_at(a, at).code;
  const std::uint32_t y = rune_at(b, at).code;
  const bool x_is_letter = is_letter(x);
  const bool y_is_letter = is_letter(y);
  if (x_is_letter && y_is_letter) return x < y;
  if (x_is_letter || y_is_letter) return y_is_letter;
  const std::uint64_t start = (x == '0' || y == '0') && follows_nonzero_digit(a, at) ? 1 : 0;
  const Run run_a = digits_from(a, at, start);
  const Run run_b = digits_from(b, at, start);
  if (run_a.value != run_b.value)
    return static_cast<std::int64_t>(run_a.value) < static_cast<std::int64_t>(run_b.value);
  if (run_a.length != run_b.length) return run_a.length < run_b.length;
  return x < y;
}

}  // namespace

bool key_less(std::string_view a, std::string_view b) {
  for (std::size_t at = 0; at < a.size() && at < b.size();) {
    const std::size_t width = rune_at(a, at).width;
    if (a.substr(at, width) != b.substr(at, width)) return less_at(a, b, at);
    at += width;
  }
  return a.size() < b.size();
}

}  // namespace reconciler::yaml
