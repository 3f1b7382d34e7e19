#include "kustomize/node_rules.h"

namespace reconciler::kustomize {
namespace {

bool is_quoted(yaml::Style style) { return style != yaml::Style::kPlain && style != yaml::Style::kFlow; }

}  // namespace

const char* kind_word(const yaml::Node& node) {
  return node.is_mapping() ? "mapping" : node.is_sequence() ? "list" : "plain value";
}

void settle_type(yaml::Node& value) {
  const bool untyped = value.is_scalar() && value.tag() == yaml::Tag::kNone && value.style() == yaml::Style::kPlain;
  if (!untyped || value.text().empty() || value.text().find('\n') != std::string_view::npos) return;
  const auto tag = yaml::resolve_plain(value.text(), yaml::Dialect::kVersion2);
  if (tag != yaml::Tag::kStr && tag != yaml::Tag::kTimestamp) value.set_tag(yaml::Tag::kStr);
}

void replace_value(yaml::Entry& field, yaml::Node* value) {
  settle_type(*value);
  if (value == field.value) return;
  const auto old_style = field.value->style();
  field.value = value;
  if (!value->is_scalar()) return;
  value->set_style(field.value->is_scalar() && old_style != yaml::Style::kFlow ? old_style : yaml::Style::kPlain);
  // Written in quotes, what fits its type without them is a string to every reader.
  if (is_quoted(value->style()) && value->tag() == yaml::resolve_plain(value->text())) value->set_tag(yaml::Tag::kStr);
}

}  // namespace reconciler::kustomize
