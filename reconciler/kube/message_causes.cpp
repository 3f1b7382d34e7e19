#include "kube/message_causes.h"

#include <array>
#include <string_view>

namespace reconciler::kube {
namespace {

constexpr std::string_view kStrict = "strict decoding error: ";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Each part between separators, trimmed.
template <class Each>
void split(std::string_view text, std::string_view separator, const Each& each) {
  while (true) {
    const auto end = text.find(separator);
    each(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + separator.size());
  }
}

/// `.spec.replicas: expected numeric (int or float), got string`; what was got may be a dump of the value.
void add_schema_cause(std::string_view line, std::vector<Cause>& causes) {
  if (!line.starts_with('.')) return;
  const auto colon = line.find(": ");
  if (colon == std::string_view::npos) return;
  auto words = line.substr(colon + 2);
  words = words.substr(0, words.find(", got &"));
  causes.push_back({"", std::string(line.substr(1, colon - 1)), std::string(words)});
}

/// `unknown field "spec.replica"`.
void add_strict_cause(std::string_view part, std::vector<Cause>& causes) {
  const auto open = part.find('"');
  const auto close = part.rfind('"');
  if (open == std::string_view::npos || close == open) return;
  causes.push_back(
      {"", std::string(part.substr(open + 1, close - open - 1)), std::string(trimmed(part.substr(0, open)))});
}

}  // namespace

bool is_schema_refusal(const std::string& message) {
  static constexpr std::array<std::string_view, 3> kBeginnings{
      "failed to create typed patch object (", "failed to create typed new object (", "failed to convert new object ("};
  for (const auto beginning : kBeginnings) {
    if (message.starts_with(beginning)) return true;
  }
  return false;
}

std::vector<Cause> causes_in(const std::string& message) {
  std::vector<Cause> causes;
  if (const auto strict = message.find(kStrict); strict != std::string::npos) {
    const auto parts = std::string_view(message).substr(strict + kStrict.size());
    split(parts, ", ", [&](std::string_view part) { add_strict_cause(part, causes); });
  } else if (const auto end = message.find("): "); is_schema_refusal(message) && end != std::string::npos) {
    const auto lines = std::string_view(message).substr(end + 3);
    split(lines, "\n", [&](std::string_view line) { add_schema_cause(line, causes); });
  }
  return causes;
}

}  // namespace reconciler::kube
