#include "sync/live.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "sync/left_fields.h"
#include "sync/names.h"
#include "sync/order.h"

namespace reconciler::sync {
namespace {

const Json& child(const Json& object, const char* name) {
  static const Json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(name);
  return found == object.end() ? kNothing : *found;
}

std::string text(const Json& object, const char* name) {
  const Json& value = child(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

/// Whether the object was made by the controller of another one.
bool is_controlled(const Json& metadata) {
  const Json& owners = child(metadata, "ownerReferences");
  return std::any_of(owners.begin(), owners.end(),
                     [](const Json& owner) { return child(owner, "controller") == Json(true); });
}

/// The autoscaler is part of the controller manager, and the only one there that sets replicas by way of `scale`.
bool is_autoscaled(const Json& metadata) {
  const Json& entries = child(metadata, "managedFields");
  return std::any_of(entries.begin(), entries.end(), [](const Json& entry) {
    return text(entry, "subresource") == "scale" && text(entry, "manager") == "kube-controller-manager";
  });
}

std::string joined(const Json& texts) {
  std::string list;
  for (const Json& each : texts) {
    if (each.is_string()) list += (list.empty() ? "" : ", ") + each.get<std::string>();
  }
  return list;
}

}  // namespace

ObjectKey key_of(const Json& object) {
  const Json& metadata = child(object, "metadata");
  return {{std::string(group_of(text(object, "apiVersion"))), text(object, "kind")},
          text(metadata, "namespace"),
          text(metadata, "name")};
}

std::string owned_fields_digest(const Json& object, const std::vector<FieldPath>& left) {
  const Json& fields = owned_fields(object);
  if (fields.is_null()) return "";
  return sha256_hex(left.empty() ? fields.dump() : without(fields, left).dump()).substr(0, 32);
}

Json as_if_kept(Json object) {
  object["metadata"].erase("deletionTimestamp");
  return object;
}

LiveMember reduce(const Json& object, bool with_health, const char* membership) {
  const Json& metadata = child(object, "metadata");
  const Json& annotations = child(metadata, "annotations");
  LiveMember member;
  member.key = key_of(object);
  member.api_version = text(object, "apiVersion");
  member.uid = text(metadata, "uid");
  member.resource_version = text(metadata, "resourceVersion");
  member.part_of = text(child(metadata, "labels"), membership);
  member.digest = text(annotations, kDigestAnnotation);
  member.applied_fields = text(annotations, kFieldsAnnotation);
  member.left = text(annotations, kLeftAnnotation);
  member.owned_fields = owned_fields_digest(object, parse_paths(member.left));
  if (member.owned_fields.empty() && is_controlled(metadata)) member.part_of.clear();
  member.autoscaled = is_autoscaled(metadata);
  member.prune = text(annotations, kPruneAnnotation);
  member.wave = parse_integer(text(annotations, kWaveAnnotation)).value_or(0);
  member.being_deleted = !child(metadata, "deletionTimestamp").is_null();
  if (member.being_deleted) member.held_by = joined(child(metadata, "finalizers"));
  const Json& finalizers = child(metadata, "finalizers");
  member.holds_result = std::find(finalizers.begin(), finalizers.end(), kHookFinalizer) != finalizers.end();
  if (with_health && member.holds_result) {
    member.health = health::assess(as_if_kept(object));
  } else if (with_health) {
    member.health = health::assess(object);
  } else if (member.being_deleted && !member.holds_result) {
    member.health = {health::HealthStatus::kProgressing, "being deleted"};
  }
  return member;
}

}  // namespace reconciler::sync
