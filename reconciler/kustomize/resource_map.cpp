#include "kustomize/resource_map.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace reconciler::kustomize {
namespace {

using yaml::Arena;
using yaml::Node;

tl::unexpected<Error> conflict(const Resource& resource, std::string message) {
  return fail(ErrorKind::kConflict, "objects clash", {Cause{resource.origin(), "", std::move(message)}});
}

// The pairs of both; where both have a key, the second's value.
Pairs merged(const Pairs& weak, const Pairs& strong) {
  std::map<std::string_view, std::string_view> all(weak.begin(), weak.end());
  for (const auto& [key, value] : strong) all[key] = value;
  return {all.begin(), all.end()};
}

Pairs pairs_of(const Node* map) {
  Pairs pairs;
  if (map == nullptr) return pairs;
  for (const auto& entry : map->entries()) {
    pairs.emplace_back(entry.key->text(), entry.value->is_null() ? std::string_view() : entry.value->text());
  }
  return pairs;
}

void merge_data(Node& object, const Node& old, std::string_view field, Arena& arena) {
  const Pairs pairs = merged(pairs_of(old.find(field)), pairs_of(object.find(field)));
  object.remove(field);
  if (pairs.empty()) return;
  Node* map = yaml::make_mapping(arena, pairs.size());
  for (const auto& [key, value] : pairs)
    map->add(arena, yaml::make_untyped(arena, key), yaml::make_string(arena, value));
  object.add(arena, yaml::make_untyped(arena, field), map);
}

void keep_origin(Node& object, const Node& old, Arena& arena) {
  constexpr std::string_view kOrigin = "config.kubernetes.io/origin";
  const Node* annotations = metadata_map(old, "annotations");
  const Node* origin = annotations == nullptr ? nullptr : annotations->find(kOrigin);
  if (origin == nullptr) return;
  set_metadata_map(object, "annotations", merged(metadata_pairs(object, "annotations"), {{kOrigin, origin->text()}}),
                   arena);
}

// The generated object takes the identity, history, labels and annotations of the one whose place it takes.
void inherit(Resource& resource, const Resource& old, Arena& arena) {
  for (const char* field : {"labels", "annotations"}) {
    set_metadata_map(*resource.node, field,
                     merged(metadata_pairs(*old.node, field), metadata_pairs(*resource.node, field)), arena);
  }
  resource.set_name(old.name(), arena);
  resource.set_namespace(old.namespace_(), arena);
  resource.previous = old.previous;
  resource.prefixes = old.prefixes;
  resource.suffixes = old.suffixes;
  resource.vars = old.vars;
  resource.needs_hash = resource.needs_hash && old.needs_hash;
}

bool comes_before(const Resource* a, const Resource* b) { return a->turn < b->turn; }

void insert_in_order(std::vector<Resource*>& list, Resource& resource) {
  const auto at = std::upper_bound(list.begin(), list.end(), &resource, comes_before);
  if (at == list.begin() || *std::prev(at) != &resource) list.insert(at, &resource);
}

bool has_or_had_name(const Resource& resource, std::string_view name) {
  if (resource.node == nullptr) return false;
  return resource.name() == name || std::any_of(resource.previous.begin(), resource.previous.end(),
                                                [&](const PreviousId& id) { return id.name == name; });
}

bool is_deleted(const Resource& resource) { return resource.node == nullptr || resource.node->is_null_or_empty(); }

}  // namespace

void ResourceMap::ids_changed() { by_name_.is_made = by_place_.is_made = false; }

void ResourceMap::ids_changed(const std::vector<Resource*>& resources) {
  for (Resource* resource : resources) index_again(*resource);
}

void ResourceMap::index_again(Resource& resource) const {
  if (by_name_.is_made) index_name(resource);
  if (by_place_.is_made) index_place(resource);
}

void ResourceMap::index_name(Resource& resource) const {
  if (resource.node == nullptr) return;
  insert_in_order(by_name_.entries[resource.name()], resource);
  for (const PreviousId& id : resource.previous) insert_in_order(by_name_.entries[id.name], resource);
}

void ResourceMap::index_place(Resource& resource) const {
  if (resource.node == nullptr) return;
  const auto note = [&](const Id& id) { insert_in_order(by_place_.entries[{id.name, id.namespace_}], resource); };
  note(resource.id());
  if (resource.previous.empty()) return;
  for (const Id& id : resource.previous_ids()) note(id);
}

const std::vector<Resource*>& ResourceMap::at(const Place& place) const {
  static const std::vector<Resource*> kNone;
  if (!by_place_.is_made) {
    by_place_.entries.clear();
    for (Resource* resource : order_) index_place(*resource);
    by_place_.is_made = true;
  }
  const auto found = by_place_.entries.find(place);
  return found == by_place_.entries.end() ? kNone : found->second;
}

std::vector<Resource*> ResourceMap::with_any_name(std::string_view name) const {
  if (!by_name_.is_made) {
    by_name_.entries.clear();
    for (Resource* resource : order_) index_name(*resource);
    by_name_.is_made = true;
  }
  const auto entry = by_name_.entries.find(name);
  std::vector<Resource*> found;
  if (entry == by_name_.entries.end()) return found;
  std::copy_if(entry->second.begin(), entry->second.end(), std::back_inserter(found),
               [&](const Resource* resource) { return has_or_had_name(*resource, name); });
  return found;
}

std::vector<Resource*> ResourceMap::with_id(const Id& id) const {
  const auto& candidates = at({id.name, id.namespace_});
  std::vector<Resource*> found;
  std::copy_if(candidates.begin(), candidates.end(), std::back_inserter(found),
               [&](const Resource* resource) { return resource->node != nullptr && resource->id() == id; });
  return found;
}

std::vector<Resource*> ResourceMap::with_any_id(const Id& id) const {
  std::vector<Resource*> found;
  for (Resource* resource : at({id.name, id.namespace_})) {
    if (resource->node == nullptr) continue;
    const auto former = resource->previous_ids();
    if (resource->id() == id || std::find(former.begin(), former.end(), id) != former.end()) found.push_back(resource);
  }
  return found;
}

Status ResourceMap::append(Resource resource) {
  const auto present = with_id(resource.id());
  if (!present.empty()) {
    return conflict(resource, "there is already a " + resource.id().text() + ", from " + present.front()->origin());
  }
  resource.turn = turns_++;
  storage_.push_back(std::make_unique<Resource>(std::move(resource)));
  order_.push_back(storage_.back().get());
  index_again(*order_.back());
  return {};
}

Status ResourceMap::append_all(ResourceMap&& other) {
  std::vector<Cause> causes;
  for (Resource* resource : other.order_) {
    if (auto added = append(std::move(*resource)); !added) {
      causes.insert(causes.end(), added.error().causes.begin(), added.error().causes.end());
    }
  }
  other = ResourceMap();
  if (!causes.empty()) return fail(ErrorKind::kConflict, "objects clash", std::move(causes));
  return {};
}

Status ResourceMap::absorb(Resource resource, Arena& arena) {
  const Id id = resource.id();
  const auto matches = with_any_id(id);
  const bool overrides = resource.behavior == Behavior::kMerge || resource.behavior == Behavior::kReplace;
  if (matches.empty()) {
    if (!overrides) return append(std::move(resource));
    return fail(ErrorKind::kNotFound, "nothing to merge or replace",
                {Cause{resource.origin(), "", "there is no " + id.text() + " to " + to_string(resource.behavior)}});
  }
  if (matches.size() > 1) return conflict(resource, "several objects are or were named " + id.text());
  if (!overrides) return conflict(resource, "there is already a " + id.text() + "; behavior must be merge or replace");
  Resource& old = *matches.front();
  const bool merges = resource.behavior == Behavior::kMerge;
  inherit(resource, old, arena);
  if (merges) {
    merge_data(*resource.node, *old.node, "data", arena);
    merge_data(*resource.node, *old.node, "binaryData", arena);
    keep_origin(*resource.node, *old.node, arena);
  }
  resource.behavior = old.behavior;
  resource.turn = old.turn;
  old = std::move(resource);
  index_again(old);
  return {};
}

void ResourceMap::reorder(std::vector<Resource*> order) {
  order_ = std::move(order);
  turns_ = 0;
  for (Resource* resource : order_) resource->turn = turns_++;
  ids_changed();
}

void ResourceMap::drop_deleted() {
  std::erase_if(order_, [](Resource* resource) {
    if (!is_deleted(*resource)) return false;
    resource->node = nullptr;
    return true;
  });
}

void ResourceMap::drop_deleted(const std::vector<Resource*>& resources) {
  for (Resource* resource : resources) {
    if (!is_deleted(*resource)) continue;
    resource->node = nullptr;
    const auto at = std::lower_bound(order_.begin(), order_.end(), resource, comes_before);
    if (at != order_.end() && *at == resource) order_.erase(at);
  }
}

}  // namespace reconciler::kustomize
