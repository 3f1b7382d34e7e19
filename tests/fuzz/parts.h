#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace reconciler::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// The parts of an input, each behind a line `=== NAME`; none when the input does not start with one.
struct Part {
  std::string_view name;
  std::string_view text;
};
std::vector<Part> parts_of(std::string_view input);

/// The parts as files. A name that is no path of a tree is left out, and so is a file below a file.
std::map<std::string, std::string> files_of(std::string_view input);

/// Ends the process when a promise is broken, as a crash does, so that the fuzzer keeps the input.
void require(bool holds, const char* promise);

}  // namespace reconciler::fuzz
