#include "kustomize/resource.h"

#include <algorithm>

#include "kustomize/node_edit.h"

namespace reconciler::kustomize {

using yaml::Arena;
using yaml::Node;

Behavior behavior_of(std::string_view word) {
  if (word == "create") return Behavior::kCreate;
  if (word == "replace") return Behavior::kReplace;
  if (word == "merge") return Behavior::kMerge;
  return Behavior::kUnspecified;
}

const char* to_string(Behavior behavior) {
  switch (behavior) {
    case Behavior::kCreate:
      return "create";
    case Behavior::kReplace:
      return "replace";
    case Behavior::kMerge:
      return "merge";
    case Behavior::kUnspecified:
      break;
  }
  return "unspecified";
}

std::string_view metadata_text(const Node& object, std::string_view field) {
  const Node* value = object.find_path({"metadata", field});
  return value == nullptr || value->is_null() ? std::string_view() : value->text();
}

Node* metadata_map(const Node& object, std::string_view field) {
  Node* map = object.find_path({"metadata", field});
  return map != nullptr && map->is_mapping() ? map : nullptr;
}

Pairs metadata_pairs(const Node& object, std::string_view field) {
  Pairs pairs;
  const Node* map = metadata_map(object, field);
  if (map == nullptr) return pairs;
  for (const auto& entry : map->entries()) pairs.emplace_back(entry.key->text(), entry.value->text());
  return pairs;
}

void set_metadata_map(Node& object, std::string_view field, Pairs pairs, Arena& arena) {
  Node* metadata = find_or_make(object, "metadata", yaml::NodeKind::kMapping, arena);
  if (metadata == nullptr || !metadata->is_mapping()) return;
  metadata->remove(field);
  if (pairs.empty()) return;
  std::stable_sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  const auto kept =
      std::unique(pairs.rbegin(), pairs.rend(), [](const auto& a, const auto& b) { return a.first == b.first; });
  pairs.erase(pairs.begin(), kept.base());
  Node* map = yaml::make_mapping(arena, pairs.size());
  for (const auto& [key, value] : pairs)
    map->add(arena, yaml::make_untyped(arena, key), yaml::make_string(arena, value));
  metadata->add(arena, yaml::make_untyped(arena, field), map);
}

std::string_view Resource::name() const { return metadata_text(*node, "name"); }
std::string_view Resource::namespace_() const { return metadata_text(*node, "namespace"); }
Id Resource::id() const { return make_id(type(), name(), namespace_()); }

Id Resource::original_id() const {
  if (previous.empty()) return id();
  const PreviousId& first = previous.front();
  return {gvk_of(api_version(), first.kind), first.name, first.namespace_};
}

std::vector<Id> Resource::previous_ids() const {
  std::vector<Id> ids;
  ids.reserve(previous.size());
  for (const auto& [name, space, kind] : previous) ids.push_back({gvk_of(api_version(), kind), name, space});
  return ids;
}

void Resource::remember_id() {
  const Id present = id();
  previous.push_back({present.name, present.namespace_, present.type.kind});
}

void Resource::set_name(std::string_view name, Arena& arena) {
  Node* metadata = find_or_make(*node, "metadata", yaml::NodeKind::kMapping, arena);
  if (metadata != nullptr && metadata->is_mapping())
    set_field(*metadata, "name", yaml::make_untyped(arena, name), arena);
}

void Resource::set_namespace(std::string_view name, Arena& arena) {
  Node* metadata = find_or_make(*node, "metadata", yaml::NodeKind::kMapping, arena);
  if (metadata == nullptr || !metadata->is_mapping()) return;
  if (name.empty()) {
    metadata->remove("namespace");
  } else {
    set_field(*metadata, "namespace", yaml::make_untyped(arena, name), arena);
  }
}

void Resource::set_kind(std::string_view kind, Arena& arena) {
  set_field(*node, "kind", yaml::make_untyped(arena, kind), arena);
}

std::string Resource::origin() const {
  if (!file) return "generated";
  return line == 0 ? *file : *file + ":" + std::to_string(line);
}

}  // namespace reconciler::kustomize
