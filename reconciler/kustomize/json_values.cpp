#include "kustomize/json_values.h"

#include <algorithm>
#include <string>

#include "yaml/number.h"

namespace reconciler::kustomize {
namespace {

constexpr std::size_t kPlainDigits = 6;

Status to_json_value(yaml::Node& scalar, yaml::Dialect dialect, bool in_flow, yaml::Arena& arena) {
  if (dialect == yaml::Dialect::kVersion3 && in_flow && yaml::becomes_string_in_flow(scalar)) {
    scalar.set_tag(yaml::Tag::kStr);
    return {};
  }
  std::string scratch;
  TRY(const auto value, yaml::value_of(scalar, scratch, dialect));
  switch (value.kind) {
    case yaml::ValueKind::kNull:
      scalar.set_tag(yaml::Tag::kNull);
      scalar.set_text("null");
      return {};
    case yaml::ValueKind::kBool:
      scalar.set_tag(yaml::Tag::kBool);
      scalar.set_text(value.text);
      return {};
    case yaml::ValueKind::kString:
      scalar.set_tag(yaml::Tag::kStr);
      break;
    case yaml::ValueKind::kNumber:
      scalar.set_tag(value.text.find_first_of(".eE") == std::string_view::npos ? yaml::Tag::kInt : yaml::Tag::kFloat);
  }
  if (value.text != scalar.text()) scalar.set_text(arena.copy(value.text));
  return {};
}

bool is_short_integer(std::string_view text) {
  return text.size() <= kPlainDigits && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Status number_through_interface(yaml::Node& scalar, yaml::Arena& arena) {
  if (is_short_integer(scalar.text())) return {};
  const auto number = yaml::parse_float(scalar.text());
  if (!number) return fail(ErrorKind::kInvalid, "a number is too large for 64-bit floating point");
  const auto text = yaml::shortest_float(*number);
  if (text != scalar.text()) scalar.set_text(arena.copy(text));
  scalar.set_tag(yaml::resolve_plain(text));
  return {};
}

/// Whether libyaml and its ports may write the text without quotes in a block (yaml_emitter_analyze_scalar).
bool may_be_plain(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
  if (std::string_view("#,[]{}&*!|>'\"%@`").find(text.front()) != std::string_view::npos) return false;
  if ((text.front() == '-' || text.front() == '?') && (text.size() == 1 || text[1] == ' ')) return false;
  if (text.starts_with("---") || text.starts_with("...")) return false;
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return text.find(": ") == std::string_view::npos && text.find(" #") == std::string_view::npos &&
         std::ranges::none_of(text, control);
}

yaml::Style style_of(std::string_view text) {
  if (text.find('\n') != std::string_view::npos) return yaml::Style::kLiteral;
  if (yaml::needs_quotes(text)) return yaml::Style::kDoubleQuoted;
  return may_be_plain(text) ? yaml::Style::kPlain : yaml::Style::kSingleQuoted;
}

/// Calls `convert(scalar, is_in_flow)` for every scalar of the tree; keys stay.
template <class Convert>
Status for_each_scalar(yaml::Node& node, const Convert& convert, bool in_flow = false) {
  if (node.is_scalar()) return convert(node, in_flow);
  in_flow = in_flow || node.style() == yaml::Style::kFlow;
  for (auto& [key, value] : node.entries()) TRY_VOID(for_each_scalar(*value, convert, in_flow));
  for (auto* item : node.items()) TRY_VOID(for_each_scalar(*item, convert, in_flow));
  return {};
}

bool equal_fields(const yaml::Node& a, const yaml::Node& b) {
  return std::ranges::all_of(a.entries(), [&](const yaml::Entry& field) {
    const auto* other = b.find(field.key->text());
    return other != nullptr && equal_json(*field.value, *other);
  });
}

}  // namespace

Status to_json_values(yaml::Node& node, yaml::Dialect dialect, yaml::Arena& arena) {
  return for_each_scalar(
      node, [&](yaml::Node& scalar, bool in_flow) { return to_json_value(scalar, dialect, in_flow, arena); });
}

Status through_interface(yaml::Node& node, yaml::Arena& arena) {
  return for_each_scalar(node, [&](yaml::Node& scalar, bool) -> Status {
    const bool number = scalar.tag() == yaml::Tag::kInt || scalar.tag() == yaml::Tag::kFloat;
    scalar.set_style(scalar.tag() == yaml::Tag::kStr ? style_of(scalar.text()) : yaml::Style::kPlain);
    return number ? number_through_interface(scalar, arena) : Status();
  });
}

bool equal_json(const yaml::Node& a, const yaml::Node& b) {
  if (a.kind() != b.kind() || a.size() != b.size()) return false;
  if (a.is_mapping()) return equal_fields(a, b);
  if (a.is_sequence()) {
    return std::ranges::equal(a.items(), b.items(), [](const auto* x, const auto* y) { return equal_json(*x, *y); });
  }
  const bool strings = (a.tag() == yaml::Tag::kStr) == (b.tag() == yaml::Tag::kStr);
  return strings && a.text() == b.text();
}

}  // namespace reconciler::kustomize
