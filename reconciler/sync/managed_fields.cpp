#include "sync/managed_fields.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <nlohmann/json.hpp>

#include "health/json_view.h"
#include "sync/names.h"

namespace reconciler::sync {
namespace {

using health::text;
using Pointer = Json::json_pointer;

/// Who applies manifests for people. What they own came out of a manifest, thus goes when Git does not have it.
constexpr auto kAppliers = std::to_array<std::string_view>(
    {"kubectl", "kubectl-client-side-apply", "kubectl-create", "kubectl-replace", "before-first-apply", "helm", "Helm",
     "kustomize-controller", "helm-controller", "argocd-controller", "argocd-application-controller"});

const Json& entries(const Json& live) {
  static const Json kNone = Json::array();
  const Json* list = health::find(live, {"metadata", "managedFields"});
  return list != nullptr && list->is_array() ? *list : kNone;
}

bool is_ours(const Json& entry) {
  return text(entry, {"manager"}) == kFieldManager && text(entry, {"operation"}) == "Apply" &&
         text(entry, {"subresource"}).empty();
}

const Json& fields_of(const Json& entry) {
  static const Json kNone;
  const Json* fields = health::find(entry, {"fieldsV1"});
  return fields != nullptr ? *fields : kNone;
}

/// The union of two field sets.
void merge(Json& into, const Json& from) {
  if (!from.is_object()) return;
  if (!into.is_object()) into = Json::object();
  for (const auto& [key, value] : from.items()) merge(into[key], value);
}

Json all_fields(const Json& live) {
  Json all = Json::object();
  for (const Json& entry : entries(live)) merge(all, fields_of(entry));
  return all;
}

bool has_keys(const Json& item, const Json& keys) {
  if (!item.is_object()) return false;
  for (const auto& [key, value] : keys.items()) {
    if (!item.contains(key) || item.at(key) != value) return false;
  }
  return true;
}

/// Whether a name in a field set is that of a list's item: `k:{…}` by its keys, `v:…` by its value.
bool names_item(const std::string& name, const Json& item) {
  const auto value = Json::parse(std::string_view(name).substr(std::min<std::size_t>(2, name.size())), nullptr, false);
  return (name.starts_with("k:") && has_keys(item, value)) || (name.starts_with("v:") && value == item);
}

std::optional<std::string> item_name(const Json& fields, const Json& item) {
  for (const auto& [name, below] : fields.items()) {
    if (names_item(name, item)) return name;
  }
  return std::nullopt;
}

/// Where in a map or a list that is which a field set names so; the end when it is not there.
Json::iterator find_named(Json& value, const std::string& name) {
  if (value.is_object()) return name.starts_with("f:") ? value.find(name.substr(2)) : value.end();
  return std::find_if(value.begin(), value.end(),
                      [&](const Json& item) { return value.is_array() && names_item(name, item); });
}

/// Makes what is in the field set `stale` and not in `kept` as it is in `anew`; null for an object that is not there.
void renew(Json& object, const Json& stale, const Json& kept, Json* anew) {
  for (const auto& [name, below] : stale.items()) {
    const auto value = find_named(object, name);
    if (value == object.end()) continue;
    const auto fresh = anew == nullptr ? Json::iterator() : find_named(*anew, name);
    const bool is_fresh = anew != nullptr && fresh != anew->end();
    if (kept.contains(name)) {
      // An empty set is the whole value.
      if (!kept[name].empty()) renew(*value, below, kept[name], is_fresh ? &*fresh : nullptr);
    } else if (is_fresh) {
      *value = *fresh;
    } else {
      object.erase(value);
    }
  }
}

std::optional<std::string> name_below(const Json& fields, const Json& value, const std::string& token) {
  if (!value.is_array()) return "f:" + token;
  const auto index = std::strtoul(token.c_str(), nullptr, 10);
  return index < value.size() ? item_name(fields, value[index]) : std::nullopt;
}

/// Removes the place, and each parent that has nothing else in it: a set that is empty would name the parent itself.
bool erase(Json& fields, const Pointer& path) {
  if (!fields.is_object() || !fields.contains(path)) return false;
  auto parent = path.parent_pointer();
  fields[parent].erase(path.back());
  while (!parent.empty() && fields[parent].empty()) {
    const auto name = parent.back();
    parent.pop_back();
    fields[parent].erase(name);
  }
  return true;
}

std::string named(const char* what, const std::string& namespace_, const std::string& name) {
  return std::string(what) + " " + (namespace_.empty() ? "" : namespace_ + "/") + name;
}

/// What other tools write on the objects that they keep.
std::string keeper_of(const Json& live) {
  const auto label = [&](const char* name) { return text(live, {"metadata", "labels", name}); };
  const auto annotation = [&](const char* name) { return text(live, {"metadata", "annotations", name}); };
  if (const auto name = label("kustomize.toolkit.fluxcd.io/name"); !name.empty())
    return named("Flux Kustomization", label("kustomize.toolkit.fluxcd.io/namespace"), name);
  if (const auto name = label("helm.toolkit.fluxcd.io/name"); !name.empty())
    return named("Flux HelmRelease", label("helm.toolkit.fluxcd.io/namespace"), name);
  if (const auto id = annotation("argocd.argoproj.io/tracking-id"); !id.empty())
    return named("Argo CD application", "", id.substr(0, id.find(':')));
  if (const auto name = annotation("meta.helm.sh/release-name"); !name.empty())
    return named("Helm release", annotation("meta.helm.sh/release-namespace"), name);
  const Json* owners = health::find(live, {"metadata", "ownerReferences"});
  if (owners == nullptr || !owners->is_array()) return "";
  for (const Json& owner : *owners) {
    if (health::flag(owner, {"controller"})) return named(text(owner, {"kind"}).c_str(), "", text(owner, {"name"}));
  }
  return "";
}

bool is_among(const std::vector<std::string>& managers, const Json& entry) {
  return std::find(managers.begin(), managers.end(), text(entry, {"manager"})) != managers.end();
}

bool is_appliers(const Json& entry) {
  const auto manager = text(entry, {"manager"});
  const bool is_applier = std::find(kAppliers.begin(), kAppliers.end(), manager) != kAppliers.end();
  return is_applier && text(entry, {"subresource"}).empty();
}

/// That of the fields that are ours already; else of those that were applied last.
std::string version_to_take(const Json& live) {
  std::string version;
  for (const Json& entry : entries(live)) {
    if (is_ours(entry)) return text(entry, {"apiVersion"});
    if (is_appliers(entry)) version = text(entry, {"apiVersion"});
  }
  return version;
}

/// Whether the entry is one that is given up when the object is adopted.
bool is_given_up(const Json& entry, const Origin& origin) {
  return is_among(origin.managers, entry) && text(entry, {"subresource"}).empty() &&
         text(entry, {"apiVersion"}) == origin.api_version;
}

}  // namespace

const Json& owned_fields(const Json& live) {
  static const Json kNone;
  for (const Json& entry : entries(live)) {
    if (is_ours(entry)) return fields_of(entry);
  }
  return kNone;
}

std::optional<FieldPath> field_path(const std::string& pointer, const Json& body, const Json& live) {
  auto rest = Pointer(pointer);
  std::vector<std::string> tokens;
  for (; !rest.empty(); rest.pop_back()) tokens.push_back(rest.back());
  std::reverse(tokens.begin(), tokens.end());
  const Json all = all_fields(live);
  Pointer value;
  Pointer path;
  for (const auto& token : tokens) {
    const Json& here = body.contains(value) ? body[value] : Json();
    if (!path.empty() && all.contains(path) && all[path].empty()) return std::nullopt;
    const auto name = name_below(all.contains(path) ? all[path] : Json::object(), here, token);
    if (!name) return std::nullopt;
    path /= *name;
    here.is_array() ? value /= std::strtoul(token.c_str(), nullptr, 10) : value /= token;
  }
  return path.to_string();
}

Json without(Json fields, const std::vector<FieldPath>& paths) {
  for (const auto& path : paths) erase(fields, Pointer(path));
  return fields;
}

bool holds(const Json& fields, const FieldPath& path) { return fields.is_object() && fields.contains(Pointer(path)); }

std::string Origin::text() const {
  std::string list;
  for (const auto& manager : managers) list += (list.empty() ? "" : ", ") + manager;
  auto words = list.empty() ? std::string("adopt: exists, but belongs to no environment yet") : "adopt from " + list;
  if (!keeper.empty()) words += "; " + keeper + " manages it too: take it out there, or both will fight over it";
  return words;
}

Origin origin_of(const Json& live) {
  Origin origin;
  origin.api_version = version_to_take(live);
  origin.keeper = keeper_of(live);
  for (const Json& entry : entries(live)) {
    if (is_appliers(entry) && !is_among(origin.managers, entry)) origin.managers.push_back(text(entry, {"manager"}));
  }
  return origin;
}

std::optional<std::string> ownership_patch(const Json& live, const Origin& origin,
                                           const std::vector<FieldPath>& released) {
  Json ours{
      {"manager", kFieldManager}, {"operation", "Apply"}, {"fieldsType", "FieldsV1"}, {"fieldsV1", Json::object()}};
  Json list = Json::array();
  bool is_changed = false;
  for (const Json& entry : entries(live)) {
    const bool is_theirs = is_given_up(entry, origin);
    if (!is_theirs && !is_ours(entry)) {
      list.push_back(entry);
      continue;
    }
    is_changed = is_changed || is_theirs;
    ours["apiVersion"] = text(entry, {"apiVersion"});
    merge(ours["fieldsV1"], fields_of(entry));
  }
  for (const auto& path : released) is_changed = erase(ours["fieldsV1"], Pointer(path)) || is_changed;
  if (!is_changed) return std::nullopt;
  if (!ours["fieldsV1"].empty()) list.push_back(std::move(ours));
  return Json{{{"op", "replace"}, {"path", "/metadata/managedFields"}, {"value", std::move(list)}},
              {{"op", "replace"},
               {"path", "/metadata/resourceVersion"},
               {"value", text(live, {"metadata", "resourceVersion"})}}}
      .dump();
}

Json as_adopted(Json tried, Json anew, const Origin& origin) {
  Json stale = Json::object();
  Json kept = Json::object();
  for (const Json& entry : entries(tried)) {
    merge(is_given_up(entry, origin) ? stale : kept, fields_of(entry));
  }
  renew(tried, stale, kept, &anew);
  return tried;
}

}  // namespace reconciler::sync
