#include "yaml/byte_order_mark.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>

#include <yaml.h>

#include "yaml/utf8.h"

namespace reconciler::yaml {
namespace {

constexpr std::pair<std::uint32_t, char> kShort[] = {
    {0x00, '0'}, {0x07, 'a'}, {0x08, 'b'},  {0x09, 't'}, {0x0A, 'n'}, {0x0B, 'v'},   {0x0C, 'f'},  {0x0D, 'r'},
    {0x1B, 'e'}, {0x22, '"'}, {0x5C, '\\'}, {0x85, 'N'}, {0xA0, '_'}, {0x2028, 'L'}, {0x2029, 'P'}};

void append_escape(std::string& out, std::uint32_t code) {
  for (const auto& [known, letter] : kShort) {
    if (known == code) {
      out.append({'\\', letter});
      return;
    }
  }
  std::array<char, 12> digits{};
  std::snprintf(digits.data(), digits.size(), code <= 0xFF ? "\\x%02X" : code <= 0xFFFF ? "\\u%04X" : "\\U%08X", code);
  out += digits.data();
}

std::string in_escapes(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size(); at += utf8_width(text, at)) append_escape(out, code_point(text, at));
  return out + "\"";
}

// A place in a text that goes forward by characters, as libyaml counts them.
struct Place {
  std::size_t byte = 0;
  std::size_t character = 0;
  void go_to(std::size_t wanted, std::string_view text) {
    byte += bytes_of(text.substr(byte), wanted - std::exchange(character, wanted));
  }
};

// Adds the text up to a token, and the token in escapes if it is a marked text.
void add(std::string& out, const yaml_token_t& token, std::string_view yaml, Place& place) {
  if (token.type != YAML_SCALAR_TOKEN || token.data.scalar.style != YAML_DOUBLE_QUOTED_SCALAR_STYLE) return;
  const auto& scalar = token.data.scalar;
  const std::string_view text(reinterpret_cast<const char*>(scalar.value), scalar.length);
  if (!starts_with_byte_order_mark(text)) return;
  const std::size_t before = place.byte;
  place.go_to(token.start_mark.index, yaml);
  out.append(yaml.substr(before, place.byte - before)).append(in_escapes(text));
  place.go_to(token.end_mark.index, yaml);
}

}  // namespace

std::string escape_marked_texts(std::string_view yaml) {
  yaml_parser_t parser;
  yaml_parser_initialize(&parser);
  yaml_parser_set_input_string(&parser, reinterpret_cast<const unsigned char*>(yaml.data()), yaml.size());
  std::string out;
  Place place;
  yaml_token_t token;
  for (bool more = true; more && yaml_parser_scan(&parser, &token) != 0; yaml_token_delete(&token)) {
    add(out, token, yaml, place);
    more = token.type != YAML_STREAM_END_TOKEN;
  }
  yaml_parser_delete(&parser);
  return out.append(yaml.substr(place.byte));
}

}  // namespace reconciler::yaml
