#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace reconciler::yaml {

/// Bytes of the UTF-8 character that starts at `at`; 0 when there is no valid one.
std::size_t utf8_width(std::string_view text, std::size_t at);
/// The code point of the character at `at`, whose width must not be 0.
std::uint32_t code_point(std::string_view text, std::size_t at);
/// Bytes that the first `characters` characters of a valid text take.
std::size_t bytes_of(std::string_view text, std::size_t characters);
void append_utf8(std::string& out, std::uint32_t code);

bool is_utf8(std::string_view text);
/// The text with U+FFFD for each byte that belongs to no valid character, as Go's encoding/json writes it.
std::string with_valid_utf8(std::string_view text);

/// Whether every character may stand in a YAML file as itself, or is escaped by JSON: no DEL, no C1 controls but NEL,
/// no U+FFFE or U+FFFF. (The reference writes JSON and reads that as YAML.)
bool can_be_yaml(std::string_view text);

}  // namespace reconciler::yaml
