#include "kustomize/label_selector.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace reconciler::kustomize {
namespace {

constexpr std::size_t kMaxName = 63;
constexpr std::size_t kMaxPrefix = 253;

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_letter_or_digit(char c) { return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z'); }

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxName && is_letter_or_digit(text.front()) &&
         is_letter_or_digit(text.back()) &&
         std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; });
}

bool is_dns_subdomain(std::string_view text) {
  if (text.empty() || text.size() > kMaxPrefix) return false;
  char before = '.';
  for (const char c : text) {
    const bool inside = is_lower_or_digit(c) || (c == '-' && before != '.') || (c == '.' && is_lower_or_digit(before));
    if (!inside) return false;
    before = c;
  }
  return is_lower_or_digit(before);
}

bool is_qualified_name(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return is_name(text);
  return is_dns_subdomain(text.substr(0, slash)) && is_name(text.substr(slash + 1));
}

std::optional<std::int64_t> number_of(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_symbol(char c) { return std::string_view("=!(),><").find(c) != std::string_view::npos; }

/// Splits a selector into symbols (`==`, `!=`, one character else) and words; the end is an empty token.
std::vector<std::string_view> tokens_of(std::string_view text) {
  std::vector<std::string_view> tokens;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    if (is_space(text[at])) {
      at = end;
      continue;
    }
    if (is_symbol(text[at])) {
      if (const auto two = text.substr(at, 2); two == "==" || two == "!=") ++end;
    } else {
      while (end < text.size() && !is_symbol(text[end]) && !is_space(text[end])) ++end;
    }
    tokens.push_back(text.substr(at, end - at));
    at = end;
  }
  tokens.emplace_back();
  return tokens;
}

bool is_word(std::string_view token) { return !token.empty() && !is_symbol(token.front()); }

}  // namespace

class LabelSelectorParser {
 public:
  explicit LabelSelectorParser(std::string_view text) : tokens_(tokens_of(text)) {}

  Result<LabelSelector> parse() && {
    LabelSelector selector;
    while (!peek().empty()) {
      TRY(auto requirement, this->requirement());
      selector.requirements_.push_back(std::move(requirement));
      if (peek().empty()) break;
      if (next() != ",") return refuse("expected `,` between requirements");
      if (!is_word(peek()) && peek() != "!") return refuse("expected a requirement after `,`");
    }
    return selector;
  }

 private:
  using Operator = LabelSelector::Operator;
  using Requirement = LabelSelector::Requirement;

  std::string_view peek() const { return tokens_[at_]; }
  std::string_view next() { return at_ + 1 < tokens_.size() ? tokens_[at_++] : tokens_[at_]; }

  static tl::unexpected<Error> refuse(const std::string& why) {
    return fail(ErrorKind::kInvalid, "not a label selector: " + why);
  }

  Result<Requirement> requirement() {
    Requirement result;
    const bool negated = peek() == "!";
    if (negated) next();
    const auto key = next();
    if (!is_qualified_name(key)) {
      return refuse("expected a label's name ([prefix/]name of letters, digits, `-`, `_` and `.`, up to 63)");
    }
    result.key = key;
    if (negated || peek().empty() || peek() == ",") {
      result.operation = negated ? Operator::kNotExists : Operator::kExists;
      return result;
    }
    TRY_VOID(read_operation(result));
    return check(std::move(result));
  }

  Status read_operation(Requirement& result) {
    const auto word = next();
    if (word == "in" || word == "notin") {
      result.operation = word == "in" ? Operator::kIn : Operator::kNotIn;
      return read_values(result.values);
    }
    if (word == "=" || word == "==")
      result.operation = Operator::kIn;
    else if (word == "!=")
      result.operation = Operator::kNotIn;
    else if (word == ">")
      result.operation = Operator::kGreater;
    else if (word == "<")
      result.operation = Operator::kLess;
    else
      return refuse("expected =, ==, !=, in, notin, > or < after the label's name");
    if (!peek().empty() && peek() != "," && !is_word(peek())) return refuse("expected a value");
    result.values.emplace_back(is_word(peek()) ? next() : std::string_view());
    return {};
  }

  /// `(a,b)`. A value that is absent before or after a comma is the empty one.
  Status read_values(std::vector<std::string>& values) {
    if (next() != "(") return refuse("expected `(` after in or notin");
    for (;;) {
      values.emplace_back(is_word(peek()) ? next() : std::string_view());
      const auto end = next();
      if (end == ")") return {};
      if (end != ",") return refuse("expected `,` or `)` after a value");
    }
  }

  static Result<Requirement> check(Requirement requirement) {
    const bool compares = requirement.operation == Operator::kGreater || requirement.operation == Operator::kLess;
    for (const auto& value : requirement.values) {
      if (compares && !number_of(value)) return refuse("> and < need a whole number");
      if (!value.empty() && !is_name(value)) {
        return refuse(
            "a value has letters, digits, `-`, `_` and `.`, up to 63, and starts and ends with a letter or digit");
      }
    }
    return requirement;
  }

  std::vector<std::string_view> tokens_;
  std::size_t at_ = 0;
};

Result<LabelSelector> LabelSelector::parse(std::string_view text) { return LabelSelectorParser(text).parse(); }

bool LabelSelector::Requirement::holds(const yaml::Node* value) const {
  switch (operation) {
    case Operator::kExists:
      return value != nullptr;
    case Operator::kNotExists:
      return value == nullptr;
    case Operator::kIn:
      return value != nullptr && std::ranges::find(values, value->text()) != values.end();
    case Operator::kNotIn:
      return value == nullptr || std::ranges::find(values, value->text()) == values.end();
    case Operator::kGreater:
    case Operator::kLess:
      break;
  }
  const auto number = value == nullptr ? std::nullopt : number_of(value->text());
  if (!number) return false;
  const auto bound = number_of(values.front());
  return operation == Operator::kGreater ? number > bound : number < bound;
}

bool LabelSelector::selects(const yaml::Node* labels) const {
  return std::ranges::all_of(requirements_, [&](const Requirement& requirement) {
    return requirement.holds(labels == nullptr ? nullptr : labels->find(requirement.key));
  });
}

}  // namespace reconciler::kustomize
