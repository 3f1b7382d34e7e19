#pragma once

#include <compare>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "object/manifest.h"

namespace reconciler::test {

/// Server-side apply in short: who owns which field of an object, and what a change does to that. As Kubernetes has it
/// ("Server-Side Apply", field management), but that every list is atomic.

using FieldPath = std::vector<std::string>;

struct Owner {
  std::string manager;
  std::string operation;  ///< "Apply" or "Update".
  std::string subresource;

  auto operator<=>(const Owner&) const = default;
};

/// An object and the owners of its fields, without those that the server itself sets.
struct OwnedObject {
  Json body;
  std::map<Owner, std::set<FieldPath>> owners;
};

namespace detail {

/// Identity and what the server sets has no owner.
inline bool has_owner(const FieldPath& path) {
  static const std::set<std::string> kOfServer{
      "name",         "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
      "managedFields"};
  if (path.size() == 1) return path[0] != "apiVersion" && path[0] != "kind";
  return path[0] != "metadata" || kOfServer.count(path[1]) == 0;
}

inline void collect_leaves(const Json& value, FieldPath& path, std::map<FieldPath, Json>& leaves) {
  if (value.is_object() && (!value.empty() || path.empty())) {
    for (const auto& [name, child] : value.items()) {
      path.push_back(name);
      collect_leaves(child, path, leaves);
      path.pop_back();
    }
  } else if (has_owner(path)) {
    leaves[path] = value;
  }
}

inline void erase_at(Json& object, const FieldPath& path, std::size_t depth = 0) {
  const auto found = object.find(path[depth]);
  if (found == object.end()) return;
  if (depth + 1 < path.size() && found->is_object()) erase_at(*found, path, depth + 1);
  if (depth + 1 == path.size() || (found->is_object() && found->empty())) object.erase(found);
}

inline void set_at(Json& object, const FieldPath& path, const Json& value) {
  Json* here = &object;
  for (const auto& name : path) here = &(*here)[name];
  *here = value;
}

inline std::string text_of(const FieldPath& path) {
  std::string text;
  for (const auto& name : path) text += "." + name;
  return text;
}

}  // namespace detail

/// The values of an object that can have owners, by path.
inline std::map<FieldPath, Json> leaves_of(const Json& object) {
  std::map<FieldPath, Json> leaves;
  FieldPath path;
  detail::collect_leaves(object, path, leaves);
  return leaves;
}

/// What an apply of `desired` makes of the object. Errors: kConflict, unless `force`, with a cause for each field that
/// has another owner and another value.
inline Result<OwnedObject> applied(OwnedObject object, const Owner& owner, const Json& desired, bool force) {
  const auto before = leaves_of(object.body);
  const auto wanted = leaves_of(desired);
  std::vector<Cause> conflicts;
  std::set<FieldPath> paths;
  for (const auto& [path, value] : wanted) {
    paths.insert(path);
    const auto old = before.find(path);
    for (auto& [other, fields] : object.owners) {
      if (other == owner || fields.count(path) == 0 || (old != before.end() && old->second == value)) continue;
      conflicts.push_back({"", detail::text_of(path), "conflict with \"" + other.manager + "\""});
      fields.erase(path);
    }
    detail::set_at(object.body, path, value);
  }
  if (!conflicts.empty() && !force) return fail(ErrorKind::kConflict, "fields of other managers", std::move(conflicts));
  const auto own = std::exchange(object.owners[owner], std::move(paths));
  for (const auto& path : own) {
    bool is_owned = false;
    for (const auto& [other, fields] : object.owners) is_owned = is_owned || fields.count(path) != 0;
    if (!is_owned) detail::erase_at(object.body, path);
  }
  return object;
}

/// What it means for the owners that somebody replaced the body: fields that changed, came or went are theirs now.
inline OwnedObject updated(OwnedObject object, const Owner& owner, Json body) {
  const auto before = leaves_of(object.body);
  const auto after = leaves_of(body);
  auto changed = before;
  changed.insert(after.begin(), after.end());
  for (const auto& [path, value] : changed) {
    const auto old = before.find(path);
    const auto now = after.find(path);
    if (old != before.end() && now != after.end() && old->second == now->second) continue;
    for (auto& [other, fields] : object.owners) fields.erase(path);
    if (now != after.end()) object.owners[owner].insert(path);
  }
  object.body = std::move(body);
  return object;
}

/// `metadata.managedFields` as the server shows it.
inline Json managed_fields(const OwnedObject& object) {
  Json entries = Json::array();
  for (const auto& [owner, paths] : object.owners) {
    if (paths.empty()) continue;
    Json fields = Json::object();
    for (const auto& path : paths) {
      Json* here = &fields;
      for (const auto& name : path) here = &(*here)["f:" + name];
      if (here->is_null()) *here = Json::object();
    }
    Json entry{{"manager", owner.manager},
               {"operation", owner.operation},
               {"fieldsType", "FieldsV1"},
               {"apiVersion", object.body.value("apiVersion", "")},
               {"fieldsV1", std::move(fields)}};
    if (!owner.subresource.empty()) entry["subresource"] = owner.subresource;
    entries.push_back(std::move(entry));
  }
  return entries;
}

namespace detail {

inline void collect_paths(const Json& fields, FieldPath& path, std::set<FieldPath>& paths) {
  if (fields.empty()) paths.insert(path);
  for (const auto& [name, below] : fields.items()) {
    path.push_back(name.substr(2));
    collect_paths(below, path, paths);
    path.pop_back();
  }
}

}  // namespace detail

/// The owners as a list of `metadata.managedFields` says them.
inline std::map<Owner, std::set<FieldPath>> owners_of(const Json& managed_fields) {
  std::map<Owner, std::set<FieldPath>> owners;
  for (const Json& entry : managed_fields) {
    FieldPath path;
    detail::collect_paths(entry.at("fieldsV1"), path,
                          owners[{entry.at("manager"), entry.at("operation"), entry.value("subresource", "")}]);
  }
  return owners;
}

}  // namespace reconciler::test
