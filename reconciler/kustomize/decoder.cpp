#include "kustomize/decoder.h"

#include <algorithm>
#include <charconv>

#include "yaml/config.h"
#include "yaml/scalar.h"

namespace reconciler::kustomize {
namespace {

using yaml::Dialect;
using yaml::Node;
using yaml::Value;
using yaml::ValueKind;

bool same_letters(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

const Decoder::Field* find(std::span<const Decoder::Field> fields, std::string_view name) {
  const auto exact = std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.name == name; });
  if (exact != fields.end()) return &*exact;
  const auto alike =
      std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return same_letters(field.name, name); });
  return alike == fields.end() ? nullptr : &*alike;
}

}  // namespace

void Decoder::object(const Node& node, std::span<const Field> fields) {
  if (node.is_null()) return;
  if (!node.is_mapping()) return wrong(node, "expected a mapping");
  for (const auto& entry : node.entries()) {
    const Field* field = find(fields, entry.key->text());
    if (field == nullptr) {
      unknown(*entry.key, fields);
    } else if (!entry.value->is_null()) {
      path_.emplace_back(field->name);
      field->read(*entry.value);
      path_.pop_back();
    }
  }
}

void Decoder::unknown(const Node& key, std::span<const Field> fields) {
  if (mode_ == Mode::kLenient) return;
  std::vector<std::string_view> names;
  for (const Field& field : fields) names.push_back(field.name);
  const auto meant = yaml::nearest(key.text(), names);
  path_.emplace_back(key.text());
  wrong(key, meant ? "unknown field, did you mean '" + std::string(*meant) + "'?" : "unknown field");
  path_.pop_back();
}

void Decoder::text(const Node& node, std::string_view& into) {
  if (node.is_null()) return;
  std::string scratch;
  const auto value = node.is_scalar() ? yaml::value_of(node, scratch, Dialect::kVersion2) : Value{ValueKind::kNull, {}};
  const bool fits =
      value && (value->kind == ValueKind::kString || (mode_ == Mode::kLenient && value->kind != ValueKind::kNull));
  if (!fits) return wrong(node, node.is_scalar() ? "expected a text: quote it" : "expected a text");
  into = value->text.data() == scratch.data() ? arena_.copy(value->text) : value->text;
}

void Decoder::flag(const Node& node, bool& into) {
  std::string scratch;
  const auto value = node.is_scalar() ? yaml::value_of(node, scratch, Dialect::kVersion2) : Value{ValueKind::kNull, {}};
  if (!value || value->kind != ValueKind::kBool) return wrong(node, "expected true or false");
  into = value->text == "true";
}

void Decoder::number(const Node& node, std::int64_t& into) {
  std::string scratch;
  const auto value = node.is_scalar() ? yaml::value_of(node, scratch, Dialect::kVersion2) : Value{ValueKind::kNull, {}};
  if (!value || value->kind != ValueKind::kNumber) return wrong(node, "expected a whole number");
  const std::string_view digits = value->text;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), into);
  if (error != std::errc() || end != digits.data() + digits.size()) wrong(node, "expected a whole number");
}

void Decoder::items(const Node& node, const Read& read) {
  if (node.is_null()) return;
  if (!node.is_sequence()) return wrong(node, "expected a list");
  for (std::size_t i = 0; i < node.size(); ++i) {
    path_.push_back("[" + std::to_string(i) + "]");
    read(*node.items()[i]);
    path_.pop_back();
  }
}

void Decoder::texts(const Node& node, std::vector<std::string_view>& into) {
  into.clear();
  items(node, [&](const Node& item) { text(item, into.emplace_back()); });
}

void Decoder::pairs(const Node& node, std::vector<std::pair<std::string_view, std::string_view>>& into) {
  if (node.is_null()) return;
  if (!node.is_mapping()) return wrong(node, "expected a mapping of texts");
  for (const auto& entry : node.entries()) {
    path_.emplace_back(entry.key->text());
    into.emplace_back(entry.key->text(), std::string_view());
    text(*entry.value, into.back().second);
    path_.pop_back();
  }
  std::stable_sort(into.begin(), into.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
}

void Decoder::wrong(const Node& at, std::string message) {
  std::string field;
  for (const auto& part : path_) field += (field.empty() || part[0] == '[' ? "" : ".") + part;
  const yaml::Mark mark = at.mark();
  std::string where = file_;
  if (mark.line != 0) where += ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
  causes_.push_back({std::move(where), std::move(field), std::move(message)});
}

Status Decoder::status() const {
  if (causes_.empty()) return {};
  return fail(ErrorKind::kInvalid, "invalid " + file_, causes_);
}

}  // namespace reconciler::kustomize
