#include "yaml/number.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace reconciler::yaml {
namespace {

constexpr std::uint64_t kMinMagnitude = 1ULL << 63;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes the base's prefix off, as Go's base 0 does.
int base_of(std::string_view& digits) {
  if (digits.empty() || digits[0] != '0') return 10;
  const char letter = digits.size() >= 3 ? static_cast<char>(digits[1] | 0x20) : '\0';
  const int base = letter == 'b' ? 2 : letter == 'o' ? 8 : letter == 'x' ? 16 : 0;
  digits.remove_prefix(base == 0 ? 1 : 2);
  return base == 0 ? 8 : base;
}

// Digits and the place of the decimal point before them: 0.digits * 10^point.
struct Decimal {
  bool negative;
  std::string digits;
  int point;
};

Decimal decompose(double number) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::fabs(number), std::chars_format::scientific).ptr;
  const std::string_view text(buffer, end - buffer);
  const auto e = text.find('e');
  Decimal decimal{std::signbit(number), std::string(text.substr(0, e)), 0};
  std::erase(decimal.digits, '.');
  const auto exponent = text.substr(text[e + 1] == '+' ? e + 2 : e + 1);
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), decimal.point);
  ++decimal.point;
  return decimal;
}

std::string with_exponent(const Decimal& decimal, std::size_t least_digits) {
  std::string text = decimal.negative ? "-" : "";
  text += decimal.digits[0];
  if (decimal.digits.size() > 1) text += "." + decimal.digits.substr(1);
  const int exponent = decimal.point - 1;
  std::string digits = std::to_string(std::abs(exponent));
  if (digits.size() < least_digits) digits.insert(0, least_digits - digits.size(), '0');
  return text + (exponent < 0 ? "e-" : "e+") + digits;
}

std::string without_exponent(const Decimal& decimal) {
  const int length = static_cast<int>(decimal.digits.size());
  std::string text = decimal.negative ? "-" : "";
  if (decimal.point <= 0) return text + "0." + std::string(-decimal.point, '0') + decimal.digits;
  if (decimal.point >= length) return text + decimal.digits + std::string(decimal.point - length, '0');
  return text + decimal.digits.substr(0, decimal.point) + "." + decimal.digits.substr(decimal.point);
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool looks_like_float(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - from;
  };
  const auto take = [&](std::string_view any) {
    const bool found = at < text.size() && any.find(text[at]) != std::string_view::npos;
    at += found ? 1 : 0;
    return found;
  };
  take("+-");
  const std::size_t whole = digits();
  if (take(".") && digits() == 0 && whole == 0) return false;
  if (at == 0 || !(is_digit(text[at - 1]) || text[at - 1] == '.')) return false;
  if (take("eE")) {
    take("+-");
    if (digits() == 0) return false;
  }
  return at == text.size();
}

// Whether a number that does not fit a double is too small for it (and not too large).
bool underflows(std::string_view text) {
  const auto e = text.find_first_of("eE");
  if (e != std::string_view::npos && e + 1 < text.size() && text[e + 1] == '-') return true;
  return e == std::string_view::npos && text.find_first_of("123456789") > text.find('.');
}

}  // namespace

std::optional<Integer> parse_integer(std::string_view text, int base) {
  Integer result;
  const bool has_sign = !text.empty() && (text[0] == '-' || text[0] == '+');
  if (has_sign) {
    result.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.empty()) return std::nullopt;
  if (base == 0) base = base_of(text);
  if (text.empty()) return result;  // It was "0", whose zero went as the prefix of an octal.
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result.magnitude, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (result.negative && result.magnitude > kMinMagnitude) return std::nullopt;
  if (has_sign && !result.negative && result.magnitude >= kMinMagnitude) return std::nullopt;
  return result;
}

std::optional<double> parse_float(std::string_view text) {
  if (!looks_like_float(text)) return std::nullopt;
  const bool negative = text[0] == '-';
  if (negative || text[0] == '+') text.remove_prefix(1);
  double number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec == std::errc::result_out_of_range) {
    if (!underflows(text)) return std::nullopt;
    number = 0;
  }
  return negative ? -number : number;
}

std::string json_float(double number) {
  if (number == 0) return "0";
  const double size = std::fabs(number);
  const Decimal decimal = decompose(number);
  if (size < 1e-6 || size >= 1e21) return with_exponent(decimal, 1);
  return without_exponent(decimal);
}

std::string shortest_float(double number) {
  const Decimal decimal = decompose(number);
  const int exponent = decimal.point - 1;
  return exponent < -4 || exponent >= 6 ? with_exponent(decimal, 2) : without_exponent(decimal);
}

}  // namespace reconciler::yaml
