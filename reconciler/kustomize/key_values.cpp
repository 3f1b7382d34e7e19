#include "kustomize/key_values.h"

#include <algorithm>
#include <unordered_set>

#include "yaml/utf8.h"

namespace reconciler::kustomize {
namespace {

// The reference's scanner gives up without a word at a line that is longer.
constexpr std::size_t kLongestLine = 64 * 1024;

tl::unexpected<Error> wrong(std::string message) { return fail(ErrorKind::kInvalid, std::move(message)); }

std::size_t space_width(std::string_view text) {
  const std::size_t width = yaml::utf8_width(text, 0);
  if (width <= 1) return std::string_view(" \t\n\v\f\r").find(text[0]) == std::string_view::npos ? 0 : 1;
  const std::uint32_t code = yaml::code_point(text, 0);
  const bool space = code == 0x85 || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) ||
                     code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
  return space ? width : 0;
}

std::string_view without_leading_space(std::string_view line) {
  while (!line.empty()) {
    const std::size_t width = space_width(line);
    if (width == 0) break;
    line.remove_prefix(width);
  }
  return line;
}

Status read_env(std::string_view text, TextPairs& into) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.size() >= kLongestLine) return {};
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!yaml::is_utf8(line)) return wrong("line " + std::to_string(number) + " is no UTF-8");
    if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    line = without_leading_space(line);
    if (line.empty() || line[0] == '#') continue;
    const auto equals = line.find('=');
    const std::string_view key = line.substr(0, equals);
    if (!key.empty())
      into.emplace_back(key, equals == std::string_view::npos ? std::string_view() : line.substr(equals + 1));
  }
  return {};
}

Status read_literal(std::string_view literal, TextPairs& into) {
  const auto equals = literal.find('=');
  if (equals == 0 || equals == std::string_view::npos) return wrong("a literal must have the form key=value");
  std::string_view value = literal.substr(equals + 1);
  const bool quoted = value.size() >= 2 && value.front() == value.back() && (value[0] == '"' || value[0] == '\'');
  into.emplace_back(literal.substr(0, equals), quoted ? value.substr(1, value.size() - 2) : value);
  return {};
}

// `path`, whose last part is the key, or `key=path`.
Result<std::pair<std::string_view, std::string_view>> key_and_path(std::string_view source) {
  const auto equals = source.find('=');
  if (equals == std::string_view::npos) {
    std::string_view name = source;
    while (name.size() > 1 && name.ends_with('/')) name.remove_suffix(1);
    return std::pair(name.substr(name.rfind('/') + 1), source);
  }
  if (source.find('=', equals + 1) != std::string_view::npos)
    return wrong("key or path of '" + std::string(source) + "' holds '='");
  if (equals == 0) return wrong("'" + std::string(source) + "' has no key");
  if (equals + 1 == source.size()) return wrong("'" + std::string(source) + "' has no path");
  return std::pair(source.substr(0, equals), source.substr(equals + 1));
}

Status check_keys(const TextPairs& pairs) {
  std::unordered_set<std::string_view> keys;
  for (const auto& [key, value] : pairs) {
    if (!keys.insert(key).second) return wrong("key '" + std::string(key) + "' is repeated");
  }
  return {};
}

}  // namespace

Result<TextPairs> read_key_values(Session& session, const Layer& layer, const GeneratorArgs& args) {
  TextPairs pairs;
  for (const auto path : args.envs) {
    TRY(const TreeFile file, load(session, layer, path));
    auto read = read_env(session.arena.copy(file.content), pairs);
    if (!read) return fail(std::move(read).error().within(std::string(path)));
  }
  for (const auto literal : args.literals) TRY_VOID(read_literal(literal, pairs));
  for (const auto source : args.files) {
    TRY(const auto named, key_and_path(source));
    TRY(const TreeFile file, load(session, layer, named.second));
    pairs.emplace_back(named.first, session.arena.copy(file.content));
  }
  TRY_VOID(check_keys(pairs));
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

}  // namespace reconciler::kustomize
