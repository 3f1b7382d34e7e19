#include "sync/left_fields.h"

#include <nlohmann/json.hpp>

#include "sync/directives.h"

namespace reconciler::sync {
namespace {

using Pointer = Json::json_pointer;

/// Whether the path goes on by an item of a list: `k:{…}` or `v:…`.
bool is_item(const std::string& name) { return name.starts_with("k:") || name.starts_with("v:"); }

bool is_item_named(const Json& item, const std::string& name) {
  const auto value = Json::parse(name.substr(2), nullptr, false);
  if (name.starts_with("v:")) return value == item;
  for (const auto& [key, expected] : value.items()) {
    if (!item.is_object() || !item.contains(key) || item.at(key) != expected) return false;
  }
  return true;
}

std::vector<std::string> names_of(const FieldPath& path) {
  std::vector<std::string> names;
  for (auto rest = Pointer(path); !rest.empty(); rest.pop_back()) names.insert(names.begin(), rest.back());
  return names;
}

/// The value at a place of a field set; null when there is none.
const Json* value_at(const Json& object, const FieldPath& path) {
  const Json* here = &object;
  for (const auto& name : names_of(path)) {
    const Json* next = nullptr;
    if (is_item(name) && here->is_array()) {
      for (const Json& item : *here) next = next == nullptr && is_item_named(item, name) ? &item : next;
    } else if (here->is_object() && here->contains(name.substr(2))) {
      next = &here->at(name.substr(2));
    }
    if (next == nullptr) return nullptr;
    here = next;
  }
  return here;
}

/// Removes a field, and each map that has nothing else in it: an empty one would be a field of its own.
void erase(Json& body, Pointer pointer) {
  while (!pointer.empty() && body.contains(pointer)) {
    Json& parent = body[pointer.parent_pointer()];
    if (parent.is_array()) return;
    parent.erase(pointer.back());
    if (!parent.empty()) return;
    pointer.pop_back();
  }
}

void set_or_erase(Json& body, const std::string& pointer, const Json* value) {
  if (value != nullptr) {
    body[Pointer(pointer)] = *value;
  } else {
    erase(body, Pointer(pointer));
  }
}

const Json* same_place(const Json& live, const std::string& pointer) {
  return live.contains(Pointer(pointer)) ? &live[Pointer(pointer)] : nullptr;
}

}  // namespace

std::vector<FieldPath> left_paths(const std::vector<std::string>& pointers, const Json& body, const Json& live) {
  std::vector<FieldPath> paths;
  for (const auto& pointer : pointers) {
    if (auto path = field_path(pointer, body, live)) paths.push_back(*std::move(path));
  }
  return paths;
}

Json with_live_values(const std::vector<std::string>& pointers, const Json& body, const Json& live) {
  Json changed = body;
  for (const auto& pointer : pointers) {
    if (!body.contains(Pointer(pointer))) continue;
    const auto path = field_path(pointer, body, live);
    set_or_erase(changed, pointer, path ? value_at(live, *path) : same_place(live, pointer));
  }
  return changed;
}

Json without_left_fields(const std::vector<std::string>& pointers, const Json& body, const Json& live) {
  Json changed = body;
  for (const auto& pointer : pointers) {
    if (!body.contains(Pointer(pointer))) continue;
    const auto path = field_path(pointer, body, live);
    if (path && !is_item(names_of(*path).back())) {
      erase(changed, Pointer(pointer));
    } else {
      set_or_erase(changed, pointer, path ? value_at(live, *path) : same_place(live, pointer));
    }
  }
  return changed;
}

std::string paths_text(const std::vector<FieldPath>& paths) { return paths.empty() ? "" : Json(paths).dump(); }

std::vector<FieldPath> parse_paths(const std::string& text) {
  std::vector<FieldPath> paths;
  const auto list = Json::parse(text, nullptr, false);
  if (!list.is_array()) return paths;
  for (const Json& path : list) {
    if (path.is_string() && is_ignorable(path.get<std::string>())) paths.push_back(path.get<std::string>());
  }
  return paths;
}

}  // namespace reconciler::sync
