#include "yaml/merge_keys.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

namespace reconciler::yaml {
namespace {

constexpr std::string_view kMergeKey = "<<";
constexpr const char* kWrongSource = "map merge requires map or sequence of maps as the value";

bool is_merge(const Entry& entry) { return entry.key->tag() == Tag::kMerge; }

// The mappings to merge, the weakest first: of several, the one that is named first wins.
const char* sources_of(Node& value, std::vector<Node*>& sources) {
  if (value.is_mapping()) {
    sources.push_back(&value);
    return nullptr;
  }
  if (!value.is_sequence()) return kWrongSource;
  for (std::size_t i = value.size(); i > 0; --i) {
    Node* item = value.items()[i - 1];
    if (!item->is_mapping()) return kWrongSource;
    sources.push_back(item);
  }
  return nullptr;
}

// Fields by name, in the order in which each name first came; a later value takes the place of an earlier one.
class Fields {
 public:
  void set(const Entry& entry) {
    const auto [place, is_new] = places_.try_emplace(entry.key->text(), entries_.size());
    if (is_new) {
      entries_.push_back(entry);
    } else {
      entries_[place->second] = entry;
    }
  }
  // For the Go library's mappings with repeated keys: only the first of them is looked at.
  void append(const Entry& entry) {
    places_.try_emplace(entry.key->text(), entries_.size());
    entries_.push_back(entry);
  }
  void write_to(Node& mapping, Arena& arena) const {
    mapping.clear();
    for (const Entry& entry : entries_) mapping.add(arena, entry.key, entry.value);
  }

 private:
  std::unordered_map<std::string_view, std::size_t> places_;
  std::vector<Entry> entries_;
};

const char* merge_in_place(Node& mapping, Arena& arena) {
  Fields fields;
  for (const Entry& entry : mapping.entries()) {
    if (!is_merge(entry)) {
      fields.set(entry);
      continue;
    }
    std::vector<Node*> sources;
    if (const char* problem = sources_of(*entry.value, sources)) return problem;
    for (Node* source : sources) {
      for (const Entry& merged : source->entries()) fields.set(merged);
    }
  }
  fields.write_to(mapping, arena);
  return nullptr;
}

const char* merge_below(Node& mapping, Arena& arena) {
  std::vector<Node*> sources;
  Fields fields;
  std::vector<Entry> own;
  for (const Entry& entry : mapping.entries()) {
    if (!is_merge(entry)) {
      fields.append(entry);
      own.push_back(entry);
    } else if (!sources.empty()) {
      return "duplicate merge key";
    } else if (const char* problem = sources_of(*entry.value, sources)) {
      return problem;
    }
  }
  for (Node* source : sources) {
    for (const Entry& merged : source->entries()) fields.set(merged);
  }
  for (auto entry = own.rbegin(); entry != own.rend(); ++entry) fields.set(*entry);
  fields.write_to(mapping, arena);
  return nullptr;
}

}  // namespace

const char* apply_merge_keys(Node& mapping, Dialect dialect, Arena& arena) {
  const auto entries = mapping.entries();
  const auto looks_like_merge = [](const Entry& entry) { return entry.key->text() == kMergeKey || is_merge(entry); };
  if (std::none_of(entries.begin(), entries.end(), looks_like_merge)) return nullptr;
  if (dialect == Dialect::kVersion2) return merge_in_place(mapping, arena);
  if (const char* problem = merge_below(mapping, arena)) return problem;
  mapping.remove(kMergeKey);  // The reference clears the field by name: one in quotes merges nothing and goes, too.
  return nullptr;
}

const char* make_keys_unique_strings(Node& mapping, Arena& arena) {
  Fields fields;
  for (Entry& entry : mapping.entries()) {
    if (!entry.key->is_scalar() || entry.key->is_null()) return "a key must be a string";
    std::string scratch;
    const auto value = value_of(*entry.key, scratch, Dialect::kVersion2);
    if (!value) return "a key must be a string";
    if (value->kind != ValueKind::kString) {
      entry.key->set_text(arena.copy(value->text));
      entry.key->set_tag(Tag::kStr);
    }
    fields.set(entry);
  }
  if (!mapping.empty()) fields.write_to(mapping, arena);
  return nullptr;
}

}  // namespace reconciler::yaml
