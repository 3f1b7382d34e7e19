#include "controller/resource.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "controller/status_reader.h"
#include "controller/time_text.h"
#include "health/json_view.h"
#include "object/kind_order.h"
#include "sync/names.h"

namespace reconciler::controller {
namespace {

std::string annotation(const Json& object, const char* name) {
  return health::text(object, {"metadata", "annotations", name});
}

/// Who wrote the annotation, and when, as the API server noted it.
Suspension written_by(const Json& object) {
  static const std::string kField = std::string("f:") + kSuspendAnnotation;
  Suspension suspension;
  const Json* managers = health::find(object, {"metadata", "managedFields"});
  if (managers == nullptr || !managers->is_array()) return suspension;
  for (const Json& entry : *managers) {
    if (health::find(entry, {"fieldsV1", "f:metadata", "f:annotations", kField.c_str()}) == nullptr) continue;
    suspension.by = health::text(entry, {"manager"});
    suspension.since = parse_rfc3339(health::text(entry, {"time"})).value_or(WallTime{});
  }
  return suspension;
}

std::optional<Suspension> suspension_of(const Json& object) {
  if (health::find(object, {"metadata", "annotations", kSuspendAnnotation}) == nullptr) return std::nullopt;
  auto suspension = written_by(object);
  suspension.reason = annotation(object, kSuspendAnnotation);
  if (suspension.by == sync::kFieldManager) {
    suspension.by = "Git";
    suspension.in_git = true;
  } else if (suspension.by == kOrderManager || suspension.by == kSuspendManager) {
    suspension.by = annotation(object, kSuspendedByAnnotation);
    suspension.since = parse_rfc3339(annotation(object, kSuspendedAtAnnotation)).value_or(suspension.since);
  }
  return suspension;
}

}  // namespace

Resource read_resource(const Json& object) {
  Resource resource;
  resource.live = sync::reduce(object, false);
  resource.service = annotation(object, kServiceAnnotation);
  resource.deletion = health::text(object, {"spec", "deletion"}) == "Delete" ? Deletion::kDelete : Deletion::kOrphan;
  resource.source = {health::text(object, {"spec", "source", "repository"}),
                     health::text(object, {"spec", "source", "branch"}),
                     health::text(object, {"spec", "source", "path"})};
  resource.namespace_ = health::text(object, {"spec", "namespace"});
  resource.scope = sync::parse_scope(annotation(object, sync::kApplySetKindsAnnotation),
                                     annotation(object, sync::kApplySetNamespacesAnnotation));
  resource.account =
      account_of(health::text(object, {"spec", "serviceAccountName"}), health::text(object, {"spec", "namespace"}));
  resource.resync = annotation(object, kResyncAnnotation);
  resource.confirmed_prune = annotation(object, kConfirmPruneAnnotation);
  resource.pruning = annotation(object, kPruningAnnotation);
  resource.suspend = health::flag(object, {"spec", "suspend"});
  resource.skips_pre_delete = annotation(object, kPreDeleteAnnotation) == "skip";
  if (const Json* list = health::find(object, {"metadata", "finalizers"}); list != nullptr && list->is_array()) {
    resource.finalizers = list->get<std::vector<std::string>>();
  }
  resource.suspension = suspension_of(object);
  resource.generation = health::integer(object, {"metadata", "generation"});
  resource.status = read_status(object);
  resource.body = std::make_shared<const Json>(object);
  return resource;
}

bool asks_for_the_same(const Resource& a, const Resource& b) {
  return a.live.digest == b.live.digest && a.live.owned_fields == b.live.owned_fields && a.service == b.service &&
         a.resync == b.resync && a.confirmed_prune == b.confirmed_prune && a.suspension == b.suspension &&
         a.scope == b.scope && a.suspend == b.suspend && a.skips_pre_delete == b.skips_pre_delete &&
         a.live.being_deleted == b.live.being_deleted;
}

std::map<ObjectKey, std::string> needed_by_others(const std::string& environment, const sync::LiveSet& live,
                                                  const std::map<std::string, Resource>& resources,
                                                  const std::function<bool(const Resource&)>& goes) {
  std::map<ObjectKey, std::string> needed;
  const auto ours = part_of(environment);
  for (const auto& [key, member] : live) {
    if (!brings_others(key.type) || member->part_of != ours) continue;
    const auto other = std::find_if(resources.begin(), resources.end(), [&](const auto& each) {
      return each.first != environment && each.second.scope.stands_on(key) && !goes(each.second);
    });
    if (other != resources.end()) needed.emplace(key, other->first);
  }
  return needed;
}

bool is_confirmed(const sync::LargePrune& prune, const Environment& environment, const Resource* resource) {
  if (environment.confirmed_prune == prune.digest) return true;
  return resource != nullptr && (resource->confirmed_prune == prune.digest || resource->pruning == prune.target);
}

std::string part_of(const std::string& environment) { return sync::apply_set_id(resource_key(environment)); }

ObjectKey resource_key(const std::string& environment) { return {{kGroup, kEnvironmentKind}, "", environment}; }

Json skeleton_of(const std::string& environment) {
  return {{"apiVersion", kApiVersion}, {"kind", kEnvironmentKind}, {"metadata", {{"name", environment}}}};
}

kube::ApplyRequest request_of(const std::string& environment, const Json& body, const std::string& subresource,
                              const std::string& manager) {
  kube::ApplyRequest request;
  request.key = resource_key(environment);
  request.api_version = kApiVersion;
  request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  request.subresource = subresource;
  request.field_manager = manager;
  return request;
}

}  // namespace reconciler::controller
