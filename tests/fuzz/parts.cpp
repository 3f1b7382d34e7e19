#include "parts.h"

#include <cstdio>
#include <cstdlib>

#include "base/file_tree.h"

namespace reconciler::fuzz {
namespace {

constexpr std::string_view kMarker = "=== ";

constexpr std::string_view kNextMarker = "\n=== ";

Part part_of(std::string_view text) {
  const auto line = text.find('\n');
  if (line == std::string_view::npos) return {text, text.substr(text.size())};
  return {text.substr(0, line), text.substr(line + 1)};
}

bool is_taken(const std::map<std::string, std::string>& files, const std::string& path) {
  for (const auto& [other, content] : files) {
    if (is_within(other, path) || is_within(path, other)) return true;
  }
  return false;
}

}  // namespace

std::vector<Part> parts_of(std::string_view input) {
  std::vector<Part> parts;
  while (input.starts_with(kMarker)) {
    input.remove_prefix(kMarker.size());
    const auto next = input.find(kNextMarker);
    const auto end = next == std::string_view::npos ? input.size() : next + 1;
    parts.push_back(part_of(input.substr(0, end)));
    input.remove_prefix(end);
  }
  return parts;
}

std::map<std::string, std::string> files_of(std::string_view input) {
  std::map<std::string, std::string> files;
  for (const Part& part : parts_of(input)) {
    const auto path = join("", part.name);
    if (path && !path->empty() && !is_taken(files, *path)) files.emplace(*path, part.text);
  }
  return files;
}

void require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace reconciler::fuzz
