#include "kustomize/strategic_merge.h"

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "kustomize/keyed_list.h"
#include "kustomize/node_rules.h"

namespace reconciler::kustomize {
namespace {

constexpr std::string_view kDirective = "$patch";

/// Lists with repeated or missing keys are merged item against item, in time that grows with the square of their
/// length.
constexpr std::size_t kMaxIrregularItems = 4096;
/// Mappings up to this size are searched from their start: an index pays only above.
constexpr std::size_t kIndexedFields = 16;

enum class Directive { kMerge, kReplace, kDelete };

/// A value of the target and of the patch; either may be absent. Both are the same node where the patch's value was
/// taken over as a whole: it is then merged with itself, which carries out the directives inside it.
struct Pair {
  yaml::Node* target = nullptr;
  yaml::Node* patch = nullptr;
};

/// A field, or an item by its key and value.
struct Step {
  std::string_view name;
  std::string_view value;
  bool is_item = false;
};

/// What a merge leaves: nothing where the field is to go.
struct Merged {
  yaml::Node* node = nullptr;
  bool keep_null = false;  ///< A null that the target holds in so many words stays.
};

/// A field of the target and of the patch; either may be absent.
struct FieldPair {
  const yaml::Entry* target = nullptr;
  const yaml::Entry* patch = nullptr;

  Pair values() const {
    return {target == nullptr ? nullptr : target->value, patch == nullptr ? nullptr : patch->value};
  }
};

/// Finds fields by name; builds an index for large mappings.
class Fields {
 public:
  explicit Fields(const yaml::Node* mapping) : mapping_(mapping) {
    if (mapping == nullptr || mapping->size() <= kIndexedFields) return;
    for (const auto& field : mapping->entries()) index_.emplace(field.key->text(), &field);
  }
  /// Null when there is none.
  const yaml::Entry* find(std::string_view name) const {
    if (mapping_ == nullptr) return nullptr;
    if (!index_.empty()) {
      const auto at = index_.find(name);
      return at == index_.end() ? nullptr : at->second;
    }
    const auto fields = mapping_->entries();
    const auto at = std::ranges::find(fields, name, [](const yaml::Entry& field) { return field.key->text(); });
    return at == fields.end() ? nullptr : &*at;
  }

 private:
  const yaml::Node* mapping_;
  std::unordered_map<std::string_view, const yaml::Entry*> index_;
};

/// Whether every item is a mapping with a value of the key, none twice. An absent list is.
bool is_regular(const yaml::Node* list, std::string_view key) {
  if (list == nullptr) return true;
  std::unordered_set<std::string_view> seen;
  return std::ranges::all_of(list->items(), [&](const yaml::Node* item) {
    const auto* value = item->find(key);
    return !is_missing(value) && value->is_scalar() && !value->text().empty() && seen.insert(value->text()).second;
  });
}

class Merger {
 public:
  Merger(const Schema& schema, yaml::Arena& arena) : schema_(schema), arena_(arena) {}

  Result<Merged> merge(Pair pair, const FieldSchema* schema);

 private:
  Result<Merged> merge_mappings(Pair pair, const FieldSchema* schema);
  Result<Merged> choose_mapping(const Pair& pair);
  Status merge_fields(Pair pair, const FieldSchema* schema);
  std::vector<yaml::Entry> new_fields(const Pair& pair) const;
  Status add_fields(yaml::Node& target, const std::vector<yaml::Entry>& fresh, const FieldSchema* schema);
  Result<Merged> merge_field(std::string_view name, const FieldPair& field, const FieldSchema* parent);
  const FieldSchema* schema_of_comment(const FieldPair& field);

  Result<Merged> merge_lists(Pair pair, const FieldSchema& schema);
  Result<yaml::Node*> choose_list(const Pair& pair);
  Result<Merged> merge_regular_items(Pair pair, const FieldSchema& schema, std::string_view key);
  Status merge_regular_item(Pair pair, const FieldSchema& schema, std::string_view key, yaml::Node& result);
  Result<Merged> merge_items(Pair pair, const FieldSchema& schema, Keys keys, std::vector<KeyValues> values);
  Status merge_item(Pair lists, const FieldSchema& schema, const Keys& keys, const KeyValues& values,
                    yaml::Node& result);

  Result<Directive> take_directive(yaml::Node* patch) const;
  Result<Directive> take_list_directive(yaml::Node& patch) const;
  const FieldSchema* schema_of_object(const Pair& pair) const;
  tl::unexpected<Error> refuse(const yaml::Node& at, std::string message) const;

  const Schema& schema_;
  yaml::Arena& arena_;
  std::vector<Step> path_;
  std::vector<std::unique_ptr<const CommentSchema>> comments_;
};

tl::unexpected<Error> Merger::refuse(const yaml::Node& at, std::string message) const {
  std::string path;
  for (const auto& [name, value, is_item] : path_) {
    if (is_item) {
      path.append("[").append(name).append("=").append(value).append("]");
    } else {
      path.append(path.empty() ? "" : ".").append(name);
    }
  }
  const auto where = std::to_string(at.mark().line) + ":" + std::to_string(at.mark().column);
  return fail(ErrorKind::kInvalid, "the patch does not fit its target", {{where, path, std::move(message)}});
}

const FieldSchema* Merger::schema_of_object(const Pair& pair) const {
  for (const auto* node : {pair.target, pair.patch}) {
    if (is_missing(node)) continue;
    const auto api_version = node->text_of("apiVersion");
    const auto kind = node->text_of("kind");
    if (api_version.empty() || kind.empty()) continue;
    if (const auto* schema = schema_.find(api_version, kind)) return schema;
  }
  return nullptr;
}

Result<Merged> Merger::merge(Pair pair, const FieldSchema* schema) {
  if (schema == nullptr) schema = schema_of_object(pair);
  const auto* first = !is_missing(pair.target) ? pair.target : pair.patch;
  if (is_missing(first)) return merge_mappings(pair, schema);
  if (kinds_differ(pair.target, pair.patch)) {
    return refuse(*pair.patch, std::string("expected a ") + kind_word(*pair.target) + " as in the target, found a " +
                                   kind_word(*pair.patch));
  }
  if (first->is_mapping()) return merge_mappings(pair, schema);
  if (first->is_sequence() && schema != nullptr && schema->merges()) return merge_lists(pair, *schema);
  return Merged{pair.patch != nullptr ? pair.patch : pair.target};
}

Result<Merged> Merger::merge_mappings(Pair pair, const FieldSchema* schema) {
  TRY(const auto chosen, choose_mapping(pair));
  if (chosen.node == nullptr) return chosen;
  TRY_VOID(merge_fields({chosen.node, pair.patch}, schema));
  return chosen;
}

/// Which of the two goes on as the mapping to merge into.
Result<Merged> Merger::choose_mapping(const Pair& pair) {
  if (is_missing(pair.target)) {
    const auto directive =
        is_missing(pair.patch) ? Directive::kMerge : take_directive(pair.patch).value_or(Directive::kMerge);
    if (directive == Directive::kDelete) return Merged{};
    if (pair.patch == nullptr && pair.target != nullptr && !pair.target->text().empty())
      return Merged{pair.target, true};
    return Merged{pair.patch};
  }
  if (pair.patch != nullptr && pair.patch->is_null()) return Merged{};
  TRY(const auto directive, take_directive(pair.patch));
  if (directive == Directive::kDelete) return Merged{};
  return Merged{directive == Directive::kReplace ? pair.patch : pair.target};
}

Status Merger::merge_fields(Pair pair, const FieldSchema* schema) {
  const bool with_itself = pair.patch == pair.target;
  const auto fresh = new_fields(pair);
  const Fields patch(with_itself ? nullptr : pair.patch);
  std::vector<yaml::Entry> kept;
  for (auto& field : pair.target->entries()) {
    const auto* const update = with_itself ? &field : patch.find(field.key->text());
    TRY(const auto merged, merge_field(field.key->text(), {&field, update}, schema));
    if (merged.node == nullptr || (merged.node->is_null() && !merged.keep_null)) continue;
    replace_value(field, merged.node);
    kept.push_back(field);
  }
  if (kept.size() < pair.target->size()) {
    pair.target->clear();
    for (const auto& field : kept) pair.target->add(arena_, field.key, field.value);
  }
  return add_fields(*pair.target, fresh, schema);
}

/// The fields of the patch that the target does not have; of several with one name, the first.
std::vector<yaml::Entry> Merger::new_fields(const Pair& pair) const {
  std::vector<yaml::Entry> fresh;
  if (pair.patch == nullptr || pair.patch == pair.target) return fresh;
  const Fields target(pair.target);
  const Fields patch(pair.patch);
  for (const auto& field : pair.patch->entries()) {
    const auto name = field.key->text();
    if (target.find(name) == nullptr && patch.find(name) == &field) fresh.push_back(field);
  }
  return fresh;
}

Status Merger::add_fields(yaml::Node& target, const std::vector<yaml::Entry>& fresh, const FieldSchema* schema) {
  for (const auto& field : fresh) {
    TRY(const auto merged, merge_field(field.key->text(), {nullptr, &field}, schema));
    if (is_missing(merged.node)) continue;
    settle_type(*merged.node);
    target.add(arena_, field.key, merged.node);
  }
  return {};
}

Result<Merged> Merger::merge_field(std::string_view name, const FieldPair& field, const FieldSchema* parent) {
  if (name.empty())
    return refuse(*(field.target == nullptr ? field.patch : field.target)->key,
                  "a key must be a text that is not empty (`{{ }}` of a template is read as mappings)");
  const auto* schema = schema_of_comment(field);
  if (schema == nullptr && parent != nullptr) schema = parent->field(name);
  path_.push_back({name, "", false});
  auto merged = merge(field.values(), schema);
  path_.pop_back();
  return merged;
}

/// What a file says itself of the field; the target's word counts first. Null when neither says anything.
const FieldSchema* Merger::schema_of_comment(const FieldPair& field) {
  for (const auto* entry : {field.target, field.patch}) {
    const auto json = entry == nullptr ? std::string_view() : entry->key->schema_comment();
    if (json.empty()) continue;
    auto schema = CommentSchema::read(json, schema_);
    if (schema == nullptr) continue;
    comments_.push_back(std::move(schema));
    return &comments_.back()->field();
  }
  return nullptr;
}

/// Reads the directive of a patch and removes it from there.
Result<Directive> Merger::take_directive(yaml::Node* patch) const {
  if (patch == nullptr) return Directive::kMerge;
  if (patch->is_sequence()) return take_list_directive(*patch);
  const auto* value = patch->find(kDirective);
  if (value == nullptr) return Directive::kMerge;
  const auto word = value->text();
  if (word != "merge" && word != "replace" && word != "delete") {
    return refuse(*value, "unknown $patch directive; expected delete, replace or merge");
  }
  patch->remove(kDirective);
  return word == "delete" ? Directive::kDelete : word == "replace" ? Directive::kReplace : Directive::kMerge;
}

/// The first item that has a directive counts, if it has nothing else.
Result<Directive> Merger::take_list_directive(yaml::Node& patch) const {
  for (auto* item : patch.items()) {
    const auto* value = item->find(kDirective);
    if (value == nullptr) continue;
    if (item->size() > 1) return Directive::kMerge;
    const auto word = value->text();
    if (word != "merge" && word != "replace" && word != "delete") {
      return refuse(*value, "unknown $patch directive; expected delete, replace or merge");
    }
    TRY_VOID(set_item(patch, nullptr, {kDirective}, {word}, arena_));
    return word == "delete" ? Directive::kDelete : word == "replace" ? Directive::kReplace : Directive::kMerge;
  }
  return Directive::kMerge;
}

Result<Merged> Merger::merge_lists(Pair pair, const FieldSchema& schema) {
  TRY(auto* const chosen, choose_list(pair));
  if (chosen == nullptr) return Merged{};
  pair.target = chosen;
  const Keys keys(schema.merge_keys().begin(), schema.merge_keys().end());
  if (keys.empty()) return merge_items(pair, schema, {""}, plain_values(pair.patch, pair.target));
  if (keys.size() == 1 && is_regular(pair.target, keys.front()) && is_regular(pair.patch, keys.front())) {
    return merge_regular_items(pair, schema, keys.front());
  }
  return merge_items(pair, schema, keys, values_of_items(pair.patch, pair.target, keys));
}

/// Which of the two goes on as the list to merge into; null when the field is to go.
Result<yaml::Node*> Merger::choose_list(const Pair& pair) {
  if (is_missing(pair.target)) return pair.patch;
  if (pair.patch != nullptr && pair.patch->is_null()) return nullptr;
  TRY(const auto directive, take_directive(pair.patch));
  if (directive == Directive::kDelete) return nullptr;
  return directive == Directive::kReplace ? pair.patch : pair.target;
}

/// The usual list: every item has the one key, none twice. The same as `merge_items`, in linear time.
Result<Merged> Merger::merge_regular_items(Pair pair, const FieldSchema& schema, std::string_view key) {
  std::unordered_map<std::string_view, yaml::Node*> of_target;
  for (auto* item : pair.target->items()) of_target.emplace(item->text_of(key), item);
  auto& result = *yaml::make_sequence(arena_, pair.target->size());
  for (auto* item : pair.patch == nullptr ? std::span<yaml::Node*>() : pair.patch->items()) {
    const auto at = of_target.find(item->text_of(key));
    auto* const old = at == of_target.end() ? nullptr : at->second;
    if (at != of_target.end()) of_target.erase(at);
    TRY_VOID(merge_regular_item({old, item}, schema, key, result));
  }
  for (auto* item : pair.target->items()) {
    if (of_target.contains(item->text_of(key))) TRY_VOID(merge_regular_item({item, nullptr}, schema, key, result));
  }
  return Merged{&result};
}

Status Merger::merge_regular_item(Pair pair, const FieldSchema& schema, std::string_view key, yaml::Node& result) {
  const auto* known = pair.target != nullptr ? pair.target : pair.patch;
  path_.push_back({key, known->text_of(key), true});
  TRY(const auto merged, merge(pair, schema.items()));
  path_.pop_back();
  // Where the target has the item, the reference keeps that one, merged or not: `$patch: replace` has no effect here.
  if (!is_empty_mapping(merged.node)) result.append(arena_, pair.target != nullptr ? pair.target : merged.node);
  return {};
}

/// Any list, with the reference's rules for keys that are missing or repeated.
Result<Merged> Merger::merge_items(Pair pair, const FieldSchema& schema, Keys keys, std::vector<KeyValues> values) {
  if (values.empty()) return Merged{pair.target};
  if (values.size() > kMaxIrregularItems)
    return refuse(*pair.target, "a list with repeated or missing merge keys is too long");
  if (keys.size() > 1) unite(values);
  const auto in_use = keys_in_use(values, keys.size());
  keys = select(keys, in_use);
  auto& result = *yaml::make_sequence(arena_, pair.target->size());
  for (const auto& combination : values) TRY_VOID(merge_item(pair, schema, keys, select(combination, in_use), result));
  TRY_VOID(add_items(result, *pair.target, keys, arena_));
  return Merged{&result};
}

Status Merger::merge_item(Pair lists, const FieldSchema& schema, const Keys& keys, const KeyValues& values,
                          yaml::Node& result) {
  const auto given = keys_in_use({values}, keys.size());
  const auto find = [&](const yaml::Node* list) {
    return list == nullptr ? nullptr : find_item(*list, select(keys, given), select(values, given));
  };
  TRY(const auto merged, merge({find(lists.target), find(lists.patch)}, schema.items()));
  if (is_empty_mapping(merged.node)) return set_item(*lists.target, nullptr, keys, values, arena_);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!merged.node->is_mapping() || values[i].empty() || merged.node->find(keys[i]) != nullptr) continue;
    merged.node->set(arena_, keys[i], yaml::make_string(arena_, values[i]));
  }
  return set_item(result, merged.node, keys, values, arena_);
}

}  // namespace

Result<MergeOutcome> merge_patch(yaml::Node& target, const yaml::Node& patch, const Schema& schema,
                                 yaml::Arena& arena) {
  TRY(const auto merged, Merger(schema, arena).merge({&target, yaml::clone(patch, arena)}, nullptr));
  return merged.node == nullptr ? MergeOutcome::kDeleted : MergeOutcome::kMerged;
}

}  // namespace reconciler::kustomize
