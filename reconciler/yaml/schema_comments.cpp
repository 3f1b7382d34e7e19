#include "yaml/schema_comments.h"

#include <algorithm>

namespace reconciler::yaml {
namespace {

constexpr std::string_view kBlanks = " \t";

struct Line {
  bool is_comment = false;  // Nothing stands before the comment.
  std::string_view schema;  // The JSON of its comment; empty when it holds none.
};

Line read_line(std::string_view line) {
  const auto hash = line.find('#');
  if (hash == std::string_view::npos) return {};
  const bool alone = line.find_first_not_of(kBlanks) == hash;
  const auto start = line.find_first_not_of("# \t", hash);
  const auto end = line.find_last_not_of(" \t\r");
  const bool object = start != std::string_view::npos && line[start] == '{' && line[end] == '}';
  const bool separate = hash == 0 || kBlanks.find(line[hash - 1]) != std::string_view::npos;
  return {alone, object && separate ? line.substr(start, end + 1 - start) : std::string_view()};
}

bool may_hold_any(std::string_view text) {
  for (auto at = text.find('#'); at != std::string_view::npos; at = text.find('#', at + 1)) {
    const auto next = text.find_first_not_of("# \t", at);
    if (next != std::string_view::npos && text[next] == '{') return true;
  }
  return false;
}

}  // namespace

std::map<std::size_t, std::string_view> schema_comments(std::string_view text) {
  std::map<std::size_t, std::string_view> comments;
  if (!may_hold_any(text)) return comments;
  Line above;
  bool comment_above_that = false;
  for (std::size_t number = 0; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const Line line = read_line(text.substr(0, end));
    if (!line.is_comment && !line.schema.empty()) comments.emplace(number, line.schema);
    if (!line.is_comment && above.is_comment && !above.schema.empty() && !comment_above_that)
      comments.emplace(number, above.schema);
    comment_above_that = above.is_comment;
    above = line;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return comments;
}

}  // namespace reconciler::yaml
