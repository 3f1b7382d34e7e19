#include "yaml/scalar.h"

#include <algorithm>
#include <array>

#include "yaml/folded.h"
#include "yaml/number.h"
#include "yaml/timestamp.h"

namespace reconciler::yaml {
namespace {

struct Word {
  std::string_view text;
  Tag tag;
};

constexpr std::array<Word, 24> kWords = {{
    {"true", Tag::kBool},   {"True", Tag::kBool},   {"TRUE", Tag::kBool},   {"false", Tag::kBool},
    {"False", Tag::kBool},  {"FALSE", Tag::kBool},  {"", Tag::kNull},       {"~", Tag::kNull},
    {"null", Tag::kNull},   {"Null", Tag::kNull},   {"NULL", Tag::kNull},   {".nan", Tag::kFloat},
    {".NaN", Tag::kFloat},  {".NAN", Tag::kFloat},  {".inf", Tag::kFloat},  {".Inf", Tag::kFloat},
    {".INF", Tag::kFloat},  {"+.inf", Tag::kFloat}, {"+.Inf", Tag::kFloat}, {"+.INF", Tag::kFloat},
    {"-.inf", Tag::kFloat}, {"-.Inf", Tag::kFloat}, {"-.INF", Tag::kFloat}, {"<<", Tag::kMerge},
}};

constexpr std::array<std::string_view, 16> kVersion2Booleans = {"y", "Y", "yes", "Yes", "YES", "on",  "On",  "ON",
                                                                "n", "N", "no",  "No",  "NO",  "off", "Off", "OFF"};

// go-yaml looks no further at text that starts with another character.
bool may_be_special(std::string_view text) {
  return text.empty() || std::string_view("+-0123456789yYnNtTfFoO~.").find(text[0]) != std::string_view::npos;
}

std::string without_separators(std::string_view text) {
  std::string plain(text);
  std::erase(plain, '_');
  return plain;
}

// `0b` and `0o` after which a sign may stand; `-0b` and `-0o`.
std::optional<Integer> parse_prefixed(std::string_view text, std::string_view prefix, int base) {
  if (text.starts_with(prefix)) return parse_integer(text.substr(prefix.size()), base);
  if (text.starts_with("-" + std::string(prefix))) {
    return parse_integer("-" + std::string(text.substr(prefix.size() + 1)), base);
  }
  return std::nullopt;
}

// What go-yaml makes of text that starts with a sign, a digit or a point.
struct Number {
  Tag tag = Tag::kStr;
  Integer whole;
  double real = 0;
};

Number read_number(std::string_view text, Dialect dialect) {
  if (text[0] == '.') {
    const auto real = parse_float(text);
    return real ? Number{Tag::kFloat, {}, *real} : Number{};
  }
  const std::string plain = without_separators(text);
  auto whole = parse_integer(plain, 0);
  if (whole) return {Tag::kInt, *whole, 0};
  if (const auto real = parse_float(plain)) return {Tag::kFloat, {}, *real};
  whole = parse_prefixed(plain, "0b", 2);
  if (!whole && dialect == Dialect::kVersion3) whole = parse_prefixed(plain, "0o", 8);
  return whole ? Number{Tag::kInt, *whole, 0} : Number{};
}

bool is_boolean_of_version_2(std::string_view text) {
  return text.size() <= 3 &&
         std::find(kVersion2Booleans.begin(), kVersion2Booleans.end(), text) != kVersion2Booleans.end();
}

std::optional<Tag> find_word(std::string_view text, Dialect dialect) {
  if (text.size() > 5) return std::nullopt;
  const auto word = std::find_if(kWords.begin(), kWords.end(), [&](const Word& w) { return w.text == text; });
  if (word != kWords.end()) return word->tag;
  if (dialect == Dialect::kVersion2 && is_boolean_of_version_2(text)) return Tag::kBool;
  return std::nullopt;
}

bool starts_like_number(char c) { return (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'; }

// [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?
bool is_sexagesimal(std::string_view text) {
  if (text.find(':') == std::string_view::npos) return false;
  std::size_t at = text[0] == '-' || text[0] == '+' ? 1 : 0;
  const auto digit = [&](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
  if (!digit(at)) return false;
  while (digit(at) || (at < text.size() && text[at] == '_')) ++at;
  bool groups = false;
  while (at < text.size() && text[at] == ':' && digit(at + 1)) {
    const bool two = digit(at + 2) && text[at + 1] <= '5';
    at += two ? 3 : 2;
    groups = true;
  }
  if (groups && at < text.size() && text[at] == '.') {
    for (++at; digit(at) || (at < text.size() && text[at] == '_');) ++at;
  }
  return groups && at == text.size();
}

std::string decimal(const Integer& number) {
  return (number.negative && number.magnitude != 0 ? "-" : "") + std::to_string(number.magnitude);
}

tl::unexpected<Error> misfit(const char* wanted) {
  return fail(ErrorKind::kInvalid, std::string("value does not fit its tag, which asks for ") + wanted);
}

Result<Value> keep(std::string& scratch, ValueKind kind, std::string text) {
  scratch = std::move(text);
  return Value{kind, scratch};
}

Result<Value> float_value(std::string_view text, Dialect dialect, std::string& scratch) {
  const Number number = starts_like_number(text.empty() ? 'x' : text[0]) ? read_number(text, dialect) : Number{};
  if (number.tag == Tag::kInt)
    return keep(scratch, ValueKind::kNumber,
                json_float(static_cast<double>(number.whole.magnitude) * (number.whole.negative ? -1 : 1)));
  if (number.tag == Tag::kFloat) return keep(scratch, ValueKind::kNumber, json_float(number.real));
  if (find_word(text, dialect) == Tag::kFloat) {
    return fail(ErrorKind::kInvalid, "a number must be finite (no .nan, no .inf)");
  }
  return misfit("a number");
}

Result<Value> int_value(std::string_view text, Dialect dialect, std::string& scratch) {
  const Number number = starts_like_number(text.empty() ? 'x' : text[0]) ? read_number(text, dialect) : Number{};
  if (number.tag != Tag::kInt) return misfit("an integer");
  return keep(scratch, ValueKind::kNumber, decimal(number.whole));
}

Result<Value> bool_value(std::string_view text, Dialect dialect) {
  if (find_word(text, dialect) != Tag::kBool) return misfit("a boolean");
  const bool yes = text[0] == 't' || text[0] == 'T' || text[0] == 'y' || text[0] == 'Y' || text == "on" ||
                   text == "On" || text == "ON";
  return Value{ValueKind::kBool, yes ? "true" : "false"};
}

int sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

std::optional<std::string> decode_base64(std::string_view text) {
  std::string digits(text);
  std::erase_if(digits, [](char c) { return c == '\n' || c == '\r'; });
  if (digits.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = digits.ends_with("==") ? 2 : digits.ends_with("=") ? 1 : 0;
  std::string bytes;
  unsigned bits = 0;
  for (std::size_t i = 0; i + padding < digits.size(); ++i) {
    const int value = sextet(digits[i]);
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<unsigned>(value);
    if (i % 4 != 0) bytes += static_cast<char>(bits >> (6 - 2 * (i % 4)) & 0xFF);
  }
  return bytes;
}

Result<Value> string_value(const Node& scalar, Dialect dialect, std::string& scratch) {
  if (scalar.style() == Style::kFolded && dialect == Dialect::kVersion3) {
    if (auto text = refolded(scalar.text())) return keep(scratch, ValueKind::kString, std::move(*text));
  }
  return Value{ValueKind::kString, scalar.text()};
}

}  // namespace

Tag resolve_plain(std::string_view text, Dialect dialect) {
  if (text == "<<") return Tag::kMerge;
  if (!may_be_special(text)) return Tag::kStr;
  if (const auto tag = find_word(text, dialect)) return *tag;
  if (!starts_like_number(text[0])) return Tag::kStr;
  if (text[0] != '.' && rfc3339_of(text)) return Tag::kTimestamp;
  return read_number(text, dialect).tag;
}

Result<Value> value_of(const Node& scalar, std::string& scratch, Dialect dialect) {
  const std::string_view text = scalar.text();
  Tag tag = scalar.tag();
  if (tag == Tag::kNone) tag = scalar.style() == Style::kPlain ? resolve_plain(text, dialect) : Tag::kStr;
  switch (tag) {
    case Tag::kNull:
      return find_word(text, dialect) == Tag::kNull || scalar.mark().line == 0 ? Result<Value>(Value{})
                                                                               : misfit("null");
    case Tag::kBool:
      return bool_value(text, dialect);
    case Tag::kInt:
      return int_value(text, dialect, scratch);
    case Tag::kFloat:
      return float_value(text, dialect, scratch);
    case Tag::kTimestamp: {
      auto time = rfc3339_of(text);
      if (!time) return misfit("a date");
      return keep(scratch, ValueKind::kString, std::move(*time));
    }
    case Tag::kBinary: {
      auto bytes = decode_base64(text);
      if (!bytes) return fail(ErrorKind::kInvalid, "!!binary value is not base 64");
      return keep(scratch, ValueKind::kString, std::move(*bytes));
    }
    default:
      return string_value(scalar, dialect, scratch);
  }
}

std::string_view yaml_number(std::string_view json, std::string& scratch) {
  if (const auto whole = parse_integer(json, 10)) {
    if (whole->magnitude == 0) return "0";
    return json;
  }
  const auto real = parse_float(json);
  if (!real) return json;
  scratch = shortest_float(*real);
  return scratch;
}

bool becomes_string_in_flow(const Node& scalar) {
  if (scalar.style() != Style::kPlain) return false;
  const Tag tag = scalar.tag() == Tag::kNone ? resolve_plain(scalar.text()) : scalar.tag();
  if (tag == Tag::kTimestamp) return scalar.text().find(':') != std::string_view::npos;
  return tag == Tag::kNull && scalar.text().empty();
}

bool needs_quotes(std::string_view text) {
  if (!may_be_special(text)) return false;
  if (resolve_plain(text, Dialect::kVersion2) != Tag::kStr) return true;
  return is_sexagesimal(text);
}

std::optional<std::string> integer(std::string_view text) {
  const auto number = parse_integer(text, 0);
  if (!number) return std::nullopt;
  return decimal(*number);
}

}  // namespace reconciler::yaml
