#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "yaml/folded.h"
#include "yaml/node.h"
#include "yaml/scalar.h"
#include "yaml/utf8.h"

namespace reconciler::yaml {

/// Whether the Go library would read a mapping with this key as one with string keys. An empty key is written in quotes
/// everywhere.
bool is_string_key(const Node& key, bool in_flow);

/// Tells a sink what go-yaml version 3 decodes from a tree, as Go's encoding/json sees it: scalars as values, the
/// fields of each mapping sorted. A sink has
///   void open_mapping(), close_mapping(), open_sequence(), close_sequence(): around what they hold;
///   void separate(): between two fields or items;
///   void key(std::string_view), value(Value): what the mapping or sequence holds;
///   void arrange(std::span<Entry>): the order of fields that the sink wants, of fields in the order of bytes.
/// Errors (kInvalid): as `to_json`; the sink has been told a part of the tree then.
template <class Sink>
class DecodedWalk {
 public:
  explicit DecodedWalk(Sink& sink) : sink_(sink) {}

  Status visit(const Node& node) {
    if (node.is_scalar()) return visit_scalar(node);
    const bool outside = std::exchange(in_flow_, in_flow_ || node.style() == Style::kFlow);
    TRY_VOID(node.is_mapping() ? visit_mapping(node) : visit_sequence(node));
    in_flow_ = outside;
    return {};
  }

 private:
  tl::unexpected<Error> problem(const Node& at, std::string message) const {
    const Mark mark = at.mark();
    std::string where = mark.line == 0 ? "" : std::to_string(mark.line) + ":" + std::to_string(mark.column);
    std::string field;
    for (const Step& step : path_) {
      if (step.key == nullptr) {
        field += "[" + std::to_string(step.index) + "]";
      } else {
        field.append(field.empty() ? "" : ".").append(step.key->text());
      }
    }
    return fail(ErrorKind::kInvalid, "malformed object",
                {Cause{std::move(where), std::move(field), std::move(message)}});
  }

  tl::unexpected<Error> control_character(const Node& at) const {
    return problem(at, "text holds a control character that YAML does not allow");
  }

  Status visit_scalar(const Node& node) {
    if (in_flow_ && becomes_string_in_flow(node)) return visit_value(node, {ValueKind::kString, node.text()});
    if (!in_flow_ && is_unreadable_block(node))
      return problem(node,
                     "a text of a block cannot start with a tab: begin it with a space or a line break, or "
                     "write it in double quotes");
    auto value = value_of(node, scratch_);
    if (!value) return problem(node, value.error().message);
    if (node.tag() != Tag::kBinary) return visit_value(node, *value);
    return visit_value(node, {ValueKind::kString, scratch_ = with_valid_utf8(value->text)});
  }

  Status visit_value(const Node& node, const Value& value) {
    if (value.kind == ValueKind::kString && !can_be_yaml(value.text)) return control_character(node);
    sink_.value(value);
    return {};
  }

  Status visit_sequence(const Node& node) {
    sink_.open_sequence();
    for (std::size_t i = 0; i < node.size(); ++i) {
      if (i != 0) sink_.separate();
      path_.push_back({nullptr, i});
      TRY_VOID(visit(*node.items()[i]));
      path_.pop_back();
    }
    sink_.close_sequence();
    return {};
  }

  Status visit_mapping(const Node& node) {
    const std::size_t bottom = entries_.size();
    TRY_VOID(add_entries(node));
    TRY_VOID(arrange(std::span(entries_).subspan(bottom)));
    const std::size_t top = entries_.size();
    sink_.open_mapping();
    for (std::size_t i = bottom; i < top; ++i) {
      const Entry entry = entries_[i];
      if (i != bottom) sink_.separate();
      path_.push_back({entry.key, 0});
      if (!can_be_yaml(entry.key->text())) return control_character(*entry.key);
      sink_.key(entry.key->text());
      TRY_VOID(visit(*entry.value));
      path_.pop_back();
    }
    entries_.resize(bottom);
    sink_.close_mapping();
    return {};
  }

  /// Puts the fields that count on top of the stack.
  Status add_entries(const Node& node) {
    const bool is_root = path_.empty();
    for (const Entry& entry : node.entries()) {
      if (is_root && entry.key->is_null() && !entry.key->text().empty()) continue;
      if (!is_string_key(*entry.key, in_flow_) && !(is_root && entry.key->is_scalar()))
        return problem(*entry.key, "a key must be a string: quote it");
      // Those of what was read are merged since.
      if (entry.key->text() == "<<") return problem(*entry.key, "no field can have the name <<, which means a merge");
      entries_.push_back(entry);
    }
    return {};
  }

  Status arrange(std::span<Entry> entries) {
    const auto by_text = [](const Entry& a, const Entry& b) { return a.key->text() < b.key->text(); };
    const auto same = [](const Entry& a, const Entry& b) { return a.key->text() == b.key->text(); };
    if (!std::is_sorted(entries.begin(), entries.end(), by_text))
      std::stable_sort(entries.begin(), entries.end(), by_text);
    const auto twice = std::adjacent_find(entries.begin(), entries.end(), same);
    if (twice != entries.end()) return repeated(*twice->key, *std::next(twice)->key);
    sink_.arrange(entries);
    return {};
  }

  tl::unexpected<Error> repeated(const Node& first, const Node& again) {
    path_.push_back({&again, 0});
    return problem(again, "mapping key already defined at line " + std::to_string(first.mark().line));
  }

  /// A field, or the item `index` when there is no key.
  struct Step {
    const Node* key;
    std::size_t index;
  };

  Sink& sink_;
  bool in_flow_ = false;
  std::string scratch_;
  std::vector<Step> path_;
  std::vector<Entry> entries_;  ///< Of the mappings that are being visited, the innermost on top.
};

}  // namespace reconciler::yaml
