#include "kustomize/field_path.h"

#include <algorithm>
#include <charconv>

#include <re2/re2.h>

#include "kustomize/node_rules.h"
#include "yaml/parse.h"
#include "yaml/styled.h"

namespace reconciler::kustomize {
namespace {

tl::unexpected<Error> refuse(const std::string& step, const std::string& why) {
  return fail(ErrorKind::kInvalid, "at `" + step + "`: " + why);
}

tl::unexpected<Error> wrong_kind(const std::string& step, const char* expected, const yaml::Node& node) {
  return refuse(step, std::string("expected a ") + expected + ", found a " + kind_word(node));
}

std::optional<long> index_of(std::string_view step) {
  if (step.starts_with('+') && !step.starts_with("+-")) step.remove_prefix(1);
  long number = 0;
  const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), number);
  if (error != std::errc() || end != step.data() + step.size()) return std::nullopt;
  return number;
}

bool is_index(std::string_view step) { return index_of(step).value_or(-1) >= 0; }
bool is_item_selector(std::string_view step) { return step.starts_with('[') && step.ends_with(']') && step.size() > 1; }

/// `[key=value]`.
struct ItemSelector {
  std::string key;
  std::string value;
};

Result<ItemSelector> item_selector(const std::string& step) {
  const auto inside = std::string_view(step).substr(1, step.size() - 2);
  const auto equals = inside.find('=');
  if (equals == std::string_view::npos) return refuse(step, "expected [field=value] to select items of a list");
  return ItemSelector{std::string(inside.substr(0, equals)), std::string(inside.substr(equals + 1))};
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\n\v\f\r";
  const auto start = std::min(text.find_first_not_of(kSpaces), text.size());
  return text.substr(start, text.find_last_not_of(kSpaces) + 1 - start);
}

/// What the reference matches a regular expression against: the value as it is written, with its quotes.
Result<std::string> written(const yaml::Node& node) {
  const bool bare = node.is_scalar() && node.style() == yaml::Style::kPlain && !node.text().empty() &&
                    yaml::resolve_plain(node.text()) == node.tag() &&
                    std::ranges::all_of(node.text(), [](unsigned char c) {
                      return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == '/';
                    });
  if (bare && node.text().front() != '-') return std::string(node.text());
  TRY(const auto text, yaml::write_styled(node));
  return std::string(trim(text));
}

/// Which kind the parent of the next step has.
yaml::NodeKind kind_for(std::span<const std::string> next, yaml::NodeKind last) {
  if (next.empty() || next.front().empty()) return last;
  return is_item_selector(next.front()) || is_index(next.front()) ? yaml::NodeKind::kSequence
                                                                  : yaml::NodeKind::kMapping;
}

yaml::Node* make(yaml::NodeKind kind, yaml::Arena& arena) {
  if (kind == yaml::NodeKind::kMapping) return yaml::make_mapping(arena);
  return kind == yaml::NodeKind::kSequence ? yaml::make_sequence(arena) : yaml::make_untyped(arena, "");
}

class FieldMatcher {
 public:
  FieldMatcher(std::optional<yaml::NodeKind> create, yaml::Arena& arena) : create_(create), arena_(arena) {}

  using Path = std::span<const std::string>;
  Status match(yaml::Node& node, Path path) {
    if (path.empty()) return found_.push_back(&node), Status();
    const auto& step = path.front();
    if (is_index(step)) return match_index(node, path);
    if (is_item_selector(step)) return match_items(node, path);
    if (step == "*") return match_every_item(node, path);
    return match_field(node, path);
  }
  std::vector<yaml::Node*> found() && { return std::move(found_); }

 private:
  Status match_field(yaml::Node& node, Path path) {
    if (!node.is_null() && !node.is_mapping()) return wrong_kind(path.front(), "mapping", node);
    if (!node.is_null() && path.front().empty())
      return refuse("", "a step is empty: two dots in a row, or one at the end");
    auto* field = node.find(path.front());
    if (field == nullptr) {
      if (!create_) return {};
      field = make(kind_for(path.subspan(1), *create_), arena_);
      // A null takes no field: in the reference, too, what is made for it comes to nothing.
      if (node.is_mapping()) node.add(arena_, yaml::make_untyped(arena_, path.front()), field);
    }
    if (field->is_scalar() && path.size() > 1) return match_inside_text(*field, path.subspan(1));
    return match(*field, path.subspan(1));
  }

  Status match_inside_text(const yaml::Node& scalar, Path path) {
    TRY(auto* const inside, yaml::parse_document(scalar.text(), "", arena_));
    if (inside == nullptr) return refuse(path.front(), "expected a mapping or list, found an empty value");
    return match(*inside, path);
  }

  Status match_index(yaml::Node& node, Path path) {
    if (!node.is_null() && !node.is_sequence()) return wrong_kind(path.front(), "list", node);
    const auto index = static_cast<std::size_t>(*index_of(path.front()));
    if (index == node.size() && create_)
      return match(append(node, make(kind_for(path.subspan(1), *create_), arena_)), path.subspan(1));
    if (index >= node.size()) return refuse(path.front(), "the list has " + std::to_string(node.size()) + " items");
    return match(*node.items()[index], path.subspan(1));
  }

  Status match_every_item(yaml::Node& node, Path path) {
    if (!node.is_null() && !node.is_sequence()) return wrong_kind(path.front(), "list", node);
    for (auto* item : node.items()) TRY_VOID(match(*item, path.subspan(1)));
    return {};
  }

  Status match_items(yaml::Node& node, Path path) {
    TRY(const auto selector, item_selector(path.front()));
    if (!node.is_null() && !node.is_sequence()) return wrong_kind(path.front(), "list", node);
    RE2::Options options;
    options.set_log_errors(false);
    const RE2 expression(selector.value, options);
    if (!expression.ok() && (!node.empty() || create_))
      return refuse(path.front(), "not a regular expression: " + expression.error());
    const auto before = found_.size();
    for (auto* item : node.items()) TRY_VOID(match_item(*item, selector, expression, path));
    if (found_.size() > before || !create_) return {};
    auto& made = append(node, make_item(selector));
    TRY_VOID(match_item(made, selector, expression, path));
    return found_.size() > before ? Status()
                                  : refuse(path.front(), "an item made of this expression does not match it");
  }

  Status match_item(yaml::Node& item, const ItemSelector& selector, const RE2& expression, Path path) {
    const auto* value = selector.key.empty() ? &item : item.find(selector.key);
    if (value == nullptr) return {};
    TRY(const auto text, written(*value));
    if (!RE2::PartialMatch(text, expression)) return {};
    // Plain items end the path, whatever follows.
    return match(item, selector.key.empty() ? Path() : path.subspan(1));
  }

  yaml::Node* make_item(const ItemSelector& selector) {
    auto* const value = yaml::make_untyped(arena_, selector.value);
    if (selector.key.empty()) return value;
    auto* const item = yaml::make_mapping(arena_, 1);
    item->add(arena_, yaml::make_untyped(arena_, selector.key), value);
    return item;
  }

  yaml::Node& append(yaml::Node& list, yaml::Node* item) {
    if (list.is_sequence()) list.append(arena_, item);
    return *item;
  }

  std::optional<yaml::NodeKind> create_;
  yaml::Arena& arena_;
  std::vector<yaml::Node*> found_;
};

Result<yaml::Node*> item_at(yaml::Node& node, const std::string& step) {
  if (!node.is_null() && !node.is_sequence()) return wrong_kind(step, "list", node);
  if (node.empty()) return nullptr;
  const auto index = step == "-" ? node.size() - 1 : static_cast<std::size_t>(*index_of(step));
  return index < node.size() ? node.items()[index] : nullptr;
}

Result<yaml::Node*> selected_item(yaml::Node& node, const std::string& step) {
  TRY(const auto selector, item_selector(step));
  if (!node.is_null() && !node.is_sequence()) return wrong_kind(step, "list", node);
  for (auto* item : node.items()) {
    const auto* value = selector.key.empty() ? item : item->find(selector.key);
    if (value != nullptr && value->text() == selector.value) return item;
  }
  return nullptr;
}

Result<yaml::Node*> step_into(yaml::Node& node, const std::string& step) {
  const auto index = index_of(step);
  if (index && *index < 0) return refuse(step, "an index cannot be negative");
  if (index || step == "-") return item_at(node, step);
  if (step == "*") return refuse(step, "a source must name one value: `*` is not allowed here");
  if (is_item_selector(step)) return selected_item(node, step);
  if (!node.is_null() && !node.is_mapping()) return wrong_kind(step, "mapping", node);
  return node.find(step);
}

std::vector<std::string> split_at_dots(std::string_view path) {
  std::vector<std::string> parts;
  for (;;) {
    const auto dot = path.find('.');
    std::string part(path.substr(0, dot));
    if (!parts.empty() && parts.back().ends_with('\\')) {
      parts.back().back() = '.';
      parts.back() += part;
    } else {
      parts.push_back(std::move(part));
    }
    if (dot == std::string_view::npos) return parts;
    path.remove_prefix(dot + 1);
  }
}

std::string without_brackets(std::string_view text) {
  const auto start = std::min(text.find_first_not_of("[]"), text.size());
  return std::string(text.substr(start, text.find_last_not_of("[]") + 1 - start));
}

Status check_length(std::span<const std::string> path) {
  if (path.size() < yaml::kMaxDepth) return {};
  return fail(ErrorKind::kInvalid, "the field path has more than " + std::to_string(yaml::kMaxDepth - 1) + " steps");
}

}  // namespace

FieldPath split_field_path(std::string_view path) {
  if (path.starts_with('.')) path.remove_prefix(1);
  const auto parts = split_at_dots(path);
  FieldPath steps;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].starts_with('[') || parts[i].ends_with(']')) {
      steps.push_back(parts[i]);
      continue;
    }
    std::string step = parts[i];
    do {
      if (++i < parts.size()) step += "." + parts[i];
    } while (i < parts.size() && !parts[i].ends_with(']'));
    steps.push_back(step.find('=') == std::string::npos ? without_brackets(step) : step);
  }
  return steps;
}

std::string_view trimmed_step(std::string_view step) { return trim(step); }

bool names_field(std::string_view step) {
  return step != "*" && step != "-" && !is_item_selector(step) && !index_of(step);
}

Result<yaml::Node*> look_up(yaml::Node& root, std::span<const std::string> path) {
  yaml::Node* node = &root;
  for (const auto& step : path) {
    const std::string name(trimmed_step(step));
    if (name.empty()) continue;
    TRY(node, step_into(*node, name));
    if (node == nullptr) return nullptr;
  }
  return node;
}

Result<std::vector<yaml::Node*>> match_fields(yaml::Node& root, std::span<const std::string> path,
                                              std::optional<yaml::NodeKind> create, yaml::Arena& arena) {
  TRY_VOID(check_length(path));
  FieldMatcher matcher(create, arena);
  TRY_VOID(matcher.match(root, path));
  return std::move(matcher).found();
}

}  // namespace reconciler::kustomize
