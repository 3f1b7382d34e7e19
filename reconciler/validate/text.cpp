#include "validate/text.h"

#include <algorithm>

#include "yaml/config.h"

namespace reconciler::validate {
namespace {

constexpr const char* kSpace = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(kSpace);
  return from == std::string_view::npos ? "" : text.substr(from, text.find_last_not_of(kSpace) + 1 - from);
}

}  // namespace

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string perhaps(std::string_view name, const std::vector<std::string_view>& known) {
  const auto other = yaml::nearest(name, known);
  return other ? "; did you mean " + quoted(*other) + "?" : "";
}

bool is_one_of(std::string_view words, std::string_view word) {
  for (;;) {
    const auto bar = words.find('|');
    if (words.substr(0, bar) == word) return true;
    if (bar == std::string_view::npos) return false;
    words.remove_prefix(bar + 1);
  }
}

std::string annotation_field(std::string_view annotation) {
  return "metadata.annotations[" + std::string(annotation) + "]";
}

std::vector<std::string_view> words_of(std::string_view list) {
  std::vector<std::string_view> words;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (const auto word = trimmed(list.substr(0, comma)); !word.empty()) words.push_back(word);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return words;
}

}  // namespace reconciler::validate
