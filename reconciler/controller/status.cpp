#include "controller/status.h"

#include <nlohmann/json.hpp>

namespace reconciler::controller {
namespace {

constexpr std::size_t kMostNamed = 5;

const char* to_string(ConditionStatus status) {
  switch (status) {
    case ConditionStatus::kTrue:
      return "True";
    case ConditionStatus::kFalse:
      return "False";
    case ConditionStatus::kUnknown:
      return "Unknown";
  }
  return "Unknown";
}

Json conditions_json(const EnvironmentStatus& status) {
  Json list = Json::array();
  for (const auto& condition : status.conditions) {
    Json json{{"type", condition.type},
              {"status", to_string(condition.status)},
              {"reason", condition.reason},
              {"message", condition.message},
              {"lastTransitionTime", rfc3339(condition.last_transition)}};
    if (status.generation > 0) json["observedGeneration"] = status.generation;
    list.push_back(std::move(json));
  }
  return list;
}

Json counts_json(const ObjectCounts& counts) {
  return {
      {"total", counts.total}, {"synced", counts.synced}, {"outOfSync", counts.out_of_sync}, {"pruned", counts.pruned}};
}

Json last_sync_json(const LastSync& sync) {
  Json json{{"id", sync.id},
            {"trigger", sync.trigger},
            {"revision", sync.revision},
            {"startedAt", rfc3339(sync.started)},
            {"result", sync.result},
            {"message", sync.message}};
  if (sync.result != "Running") json["finishedAt"] = rfc3339(sync.finished);
  if (!sync.errors.empty()) json["errors"] = sync.errors;
  return json;
}

Json suspension_json(const Suspension& suspension) {
  return {{"by", suspension.by},
          {"reason", suspension.reason},
          {"since", rfc3339(suspension.since)},
          {"inGit", suspension.in_git}};
}

Json hook_json(const sync::HookResult& hook) {
  Json json{{"group", hook.key.type.group},
            {"kind", hook.key.type.kind},
            {"namespace", hook.key.namespace_},
            {"name", hook.key.name},
            {"object", hook.object},
            {"phase", sync::to_string(hook.phase)},
            {"revision", hook.revision},
            {"set", hook.set},
            {"digest", hook.digest},
            {"attempt", hook.attempt},
            {"result", sync::to_string(hook.outcome)},
            {"startedAt", rfc3339(hook.started)}};
  if (!hook.message.empty()) json["message"] = hook.message;
  if (!hook.log.empty()) json["log"] = hook.log;
  if (hook.outcome != sync::HookOutcome::kRunning) json["finishedAt"] = rfc3339(hook.finished);
  return json;
}

/// What the HTTP answer and the custom resource have in common.
Json common_json(const EnvironmentStatus& status) {
  Json json{{"sync", to_string(status.sync)},
            {"health", to_string(status.health)},
            {"message", status.message},
            {"revision", {{"head", status.head}, {"applied", status.applied}}},
            {"conditions", conditions_json(status)},
            {"objects", counts_json(status.objects)}};
  for (const auto& hook : status.hooks) json["hooks"].push_back(hook_json(hook));
  if (!status.pre_delete.empty()) json["preDelete"] = status.pre_delete;
  if (!status.waits_for.empty()) json["waitsFor"] = status.waits_for;
  if (status.last_sync) json["lastSync"] = last_sync_json(*status.last_sync);
  if (status.suspension) json["suspension"] = suspension_json(*status.suspension);
  return json;
}

}  // namespace

const char* to_string(SyncStatus status) {
  switch (status) {
    case SyncStatus::kSynced:
      return "Synced";
    case SyncStatus::kOutOfSync:
      return "OutOfSync";
    case SyncStatus::kSyncing:
      return "Syncing";
    case SyncStatus::kFailed:
      return "Failed";
    case SyncStatus::kSuspended:
      return "Suspended";
    case SyncStatus::kUnknown:
      return "Unknown";
  }
  return "Unknown";
}

void NamedObjects::add(const ObjectKey& key) {
  if (++count <= kMostNamed) first.push_back(key.text());
}

std::string NamedObjects::text(std::size_t total) const {
  std::string text;
  for (const auto& name : first) text += (text.empty() ? "" : ", ") + name;
  const bool has_more = !text.empty() && total > first.size();
  return has_more ? text + " and " + std::to_string(total - first.size()) + " more" : text;
}

std::string Suspension::text() const {
  return "suspended" + (by.empty() ? "" : " by " + by) + " since " + rfc3339(since) +
         (reason.empty() ? "" : ": " + reason);
}

bool was_applied(const EnvironmentStatus& status, const sync::Revision& revision) {
  return status.applied == revision.commit && status.applied_digest == revision.set;
}

Json to_json(const EnvironmentStatus& status) {
  Json json = common_json(status);
  json["name"] = status.name;
  json["source"] = {{"branch", status.branch}, {"path", status.path}};
  if (!status.last_sync) json["lastSync"] = nullptr;
  return json;
}

Json to_resource_status(const EnvironmentStatus& status) {
  Json json = common_json(status);
  if (status.generation > 0) json["observedGeneration"] = status.generation;
  if (!status.applied_digest.empty()) json["appliedDigest"] = status.applied_digest;
  if (!status.resync.empty()) json["lastHandledResync"] = status.resync;
  return json;
}

Json to_json(const ObjectStatus& object) {
  Json json{{"group", object.key.type.group},     {"kind", object.key.type.kind}, {"apiVersion", object.api_version},
            {"namespace", object.key.namespace_}, {"name", object.key.name},      {"sync", to_string(object.sync)},
            {"health", to_string(object.health)}, {"message", object.message}};
  if (object.revision != nullptr) json["revision"] = *object.revision;
  if (object.action != sync::Action::kKeep) json["action"] = sync::to_string(object.action);
  for (const auto& change : object.changes) json["changes"].push_back(sync::to_json(change));
  return json;
}

}  // namespace reconciler::controller
