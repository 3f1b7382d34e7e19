#include "yaml/folded.h"

#include <algorithm>

#include "yaml/utf8.h"

namespace reconciler::yaml {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Whether go-yaml writes the text as a block at all; else it puts it in quotes, which changes nothing.
bool may_be_block(std::string_view text) {
  return !text.empty() && text.back() != ' ' && text.find(" \n") == std::string_view::npos && can_be_yaml(text);
}

// Whether go-yaml writes one more line break wherever a line that does not start with a blank ends.
bool adds_breaks(std::string_view text) {
  const auto first = text.find_first_not_of('\n');
  return first != std::string_view::npos && !is_blank(text[first]);
}

// Whether go-yaml would write the scalar as a block if it could.
bool is_for_block(const Node& scalar) {
  const Style style = scalar.style();
  if (style == Style::kPlain) return scalar.text().find('\n') != std::string_view::npos;
  return style == Style::kLiteral || style == Style::kFolded;
}

}  // namespace

bool is_unreadable_block(const Node& scalar) {
  return scalar.text().starts_with('\t') && is_for_block(scalar) && may_be_block(scalar.text());
}

std::optional<std::string> refolded(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || !may_be_block(text)) return std::nullopt;
  const std::size_t added = adds_breaks(text) ? 1 : 0;
  std::string result;
  bool is_indented = true;  // The line before, and nothing counts as such.
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t breaks = std::min(text.find_first_not_of('\n', at), text.size()) - at;
    const std::size_t line = at + breaks;
    const std::size_t written = breaks == 0 || is_indented ? breaks : breaks + added;
    if (line == text.size()) {
      result.append(breaks == 1 ? 1 : written, '\n');  // One break at the end needs no sign of its own to be kept.
      break;
    }
    const bool keeps_breaks = is_indented || is_blank(text[line]);
    if (keeps_breaks || written == 0) {
      result.append(written, '\n');
    } else {
      result.append(written == 1 ? " " : std::string(written - 1, '\n'));
    }
    is_indented = is_blank(text[line]);
    at = std::min(text.find('\n', line), text.size());
    result.append(text, line, at - line);
  }
  if (result == text) return std::nullopt;
  return result;
}

}  // namespace reconciler::yaml
