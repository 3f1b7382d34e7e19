#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reconciler::yaml {

/// An integer of go-yaml: what fits in 64 bits with or without a sign.
struct Integer {
  bool negative = false;
  std::uint64_t magnitude = 0;
};

/// As Go's strconv.ParseInt and then ParseUint in that base, where 0 means by prefix (`0x`, `0o`, `0b`, `0`).
std::optional<Integer> parse_integer(std::string_view text, int base);

/// A decimal floating-point number as go-yaml takes it; nothing for other text and for what is too large.
std::optional<double> parse_float(std::string_view text);

/// As Go's encoding/json writes a float64: no exponent from 1e-6 to 1e21. Zero has no sign, as in the YAML that comes
/// of it.
std::string json_float(double number);
/// As Go's strconv.FormatFloat(number, 'g', -1, 64).
std::string shortest_float(double number);

}  // namespace reconciler::yaml
