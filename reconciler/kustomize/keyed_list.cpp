#include "kustomize/keyed_list.h"

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "kustomize/node_rules.h"

namespace reconciler::kustomize {
namespace {

tl::unexpected<Error> wrong_item(const yaml::Node& item, std::string_view key) {
  const auto mark = item.mark();
  const auto expected = key.empty() ? "a plain value" : "a mapping";
  return fail(ErrorKind::kInvalid, "a list that merges holds an item of the wrong kind",
              {{std::to_string(mark.line) + ":" + std::to_string(mark.column), std::string(key),
                std::string("expected ") + expected + " as every item of the list, found a " + kind_word(item)}});
}

/// Whether the item has the value; "" stands for any value of a field that is there.
Result<bool> matches(const yaml::Node& item, std::string_view key, std::string_view value) {
  if (item.is_null()) return false;
  if (key.empty() ? !item.is_scalar() : !item.is_mapping()) return wrong_item(item, key);
  if (key.empty()) return item.text() == value;
  const auto* field = item.find(key);
  return field != nullptr && (value.empty() || field->text() == value);
}

Result<bool> matches(const yaml::Node& item, const Keys& keys, const KeyValues& values) {
  bool last = false;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i < values.size()) {
      TRY(last, matches(item, keys[i], values[i]));
    }
    if (!last) return false;
  }
  return true;
}

bool has_exactly(const yaml::Node& item, const Keys& keys, const KeyValues& values) {
  if (!item.is_mapping()) return false;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto* field = item.find(keys[i]);
    if (field == nullptr || field->text() != values[i]) return false;
  }
  return true;
}

/// A string that two combinations share only when they are equal.
std::string fingerprint(const KeyValues& values) {
  std::string text;
  for (const auto value : values) text.append(std::to_string(value.size())).append(":").append(value);
  return text;
}

/// Collects each combination of values once.
class Combinations {
 public:
  void add(KeyValues values) {
    if (!values.empty() && seen_.insert(fingerprint(values)).second) result_.push_back(std::move(values));
  }
  std::vector<KeyValues> result() && { return std::move(result_); }

 private:
  std::unordered_set<std::string> seen_;
  std::vector<KeyValues> result_;
};

KeyValues values_of(const yaml::Node& item, const Keys& keys) {
  KeyValues values;
  for (const auto key : keys) {
    const auto* field = item.find(key);
    values.push_back(is_empty(field) ? std::string_view() : field->text());
  }
  return values;
}

/// The union of two combinations; nothing when they are of different items.
std::optional<KeyValues> united(const KeyValues& a, const KeyValues& b) {
  KeyValues result;
  bool common = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && !a[i].empty() && !b[i].empty()) return std::nullopt;
    common = common || a[i] == b[i];
    result.push_back(a[i].empty() ? b[i] : a[i]);
  }
  return common ? std::optional(result) : std::nullopt;
}

}  // namespace

yaml::Node* find_item(const yaml::Node& list, const Keys& keys, const KeyValues& values) {
  const bool plain = keys.front().empty();
  const auto at = std::ranges::find_if(list.items(), [&](const yaml::Node* item) {
    return plain ? item->text() == values.front() : has_exactly(*item, keys, values);
  });
  return at == list.items().end() ? nullptr : *at;
}

Status set_item(yaml::Node& list, yaml::Node* item, const Keys& keys, const KeyValues& values, yaml::Arena& arena) {
  const bool wants_mapping = !keys.front().empty() && !values.empty() && !values.front().empty();
  bool placed = false;
  std::vector<yaml::Node*> kept;
  for (auto* old : list.items()) {
    if (is_empty_mapping(old)) continue;
    if (wants_mapping && !old->is_mapping()) {
      kept.push_back(old);
      continue;
    }
    TRY(const bool found, matches(*old, keys, values));
    if (!found && !values.empty()) kept.push_back(old);
    if (!found || item == nullptr) continue;
    kept.push_back(placed ? yaml::clone(*item, arena) : item);
    placed = true;
  }
  if (!placed && !is_missing(item)) kept.push_back(item);
  list.clear();
  for (auto* node : kept) list.append(arena, node);
  return {};
}

Status add_items(yaml::Node& list, const yaml::Node& more, const Keys& keys, yaml::Arena& arena) {
  for (auto* item : more.items()) {
    if (keys.front().empty()) {
      TRY_VOID(set_item(list, item, keys, {item->text()}, arena));
      continue;
    }
    KeyValues values;
    for (const auto key : keys) {
      if (!is_missing(item) && !item->is_mapping()) return wrong_item(*item, key);
      if (const auto* field = item->find(key)) {
        values.push_back(field->text());
      } else {
        list.append(arena, yaml::clone(*item, arena));
      }
    }
    if (keys.size() > 1) TRY_VOID(set_item(list, nullptr, keys, values, arena));
    TRY_VOID(set_item(list, item, keys, values, arena));
  }
  return {};
}

std::vector<KeyValues> values_of_items(const yaml::Node* first, const yaml::Node* second, const Keys& keys) {
  Combinations combinations;
  for (const auto* list : {first, second}) {
    if (list == nullptr) continue;
    for (const auto* item : list->items()) combinations.add(values_of(*item, keys));
  }
  return std::move(combinations).result();
}

std::vector<KeyValues> plain_values(const yaml::Node* first, const yaml::Node* second) {
  Combinations combinations;
  for (const auto* list : {first, second}) {
    if (list == nullptr) continue;
    for (const auto* item : list->items()) combinations.add({item->text()});
  }
  return std::move(combinations).result();
}

void unite(std::vector<KeyValues>& values) {
  const auto incomplete = [](const KeyValues& v) { return std::ranges::any_of(v, &std::string_view::empty); };
  if (std::ranges::none_of(values, incomplete)) return;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto first = values[i];
    for (auto& second : values) {
      if (auto both = united(first, second)) values[i] = second = std::move(*both);
    }
  }
}

std::vector<bool> keys_in_use(const std::vector<KeyValues>& values, std::size_t keys) {
  std::vector<bool> used(keys, false);
  for (const auto& combination : values) {
    for (std::size_t i = 0; i < keys; ++i) used[i] = used[i] || !combination[i].empty();
  }
  if (std::ranges::none_of(used, std::identity())) used.assign(keys, true);
  return used;
}

KeyValues select(const KeyValues& values, const std::vector<bool>& in_use) {
  KeyValues result;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (in_use[i]) result.push_back(values[i]);
  }
  return result;
}

}  // namespace reconciler::kustomize
