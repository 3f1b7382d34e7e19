#include "controller/status_reader.h"

#include <array>

#include <nlohmann/json.hpp>

#include "controller/time_text.h"
#include "health/json_view.h"

namespace reconciler::controller {
namespace {

using health::find;
using health::integer;
using health::text;

WallTime time_of(const std::string& text) { return parse_rfc3339(text).value_or(WallTime{}); }

template <class Enum, std::size_t N>
Enum word_of(const std::string& word, const std::array<Enum, N>& values, Enum otherwise) {
  for (const Enum value : values) {
    if (word == to_string(value)) return value;
  }
  return otherwise;
}

SyncStatus sync_of(const std::string& word) {
  static constexpr std::array kAll{SyncStatus::kSynced, SyncStatus::kOutOfSync, SyncStatus::kSyncing,
                                   SyncStatus::kFailed, SyncStatus::kSuspended};
  return word_of(word, kAll, SyncStatus::kUnknown);
}

HealthStatus health_of(const std::string& word) {
  static constexpr std::array kAll{HealthStatus::kHealthy, HealthStatus::kSuspended, HealthStatus::kProgressing,
                                   HealthStatus::kMissing, HealthStatus::kDegraded};
  return word_of(word, kAll, HealthStatus::kUnknown);
}

std::vector<Condition> conditions_of(const Json& resource) {
  std::vector<Condition> conditions;
  const Json* list = find(resource, {"status", "conditions"});
  if (list == nullptr || !list->is_array()) return conditions;
  for (const Json& json : *list) {
    const auto status = text(json, {"status"});
    conditions.push_back({text(json, {"type"}),
                          status == "True"    ? ConditionStatus::kTrue
                          : status == "False" ? ConditionStatus::kFalse
                                              : ConditionStatus::kUnknown,
                          text(json, {"reason"}), text(json, {"message"}),
                          time_of(text(json, {"lastTransitionTime"}))});
  }
  return conditions;
}

ObjectCounts counts_of(const Json& resource) {
  const auto count = [&](const char* name) {
    return static_cast<std::size_t>(std::max<std::int64_t>(0, integer(resource, {"status", "objects", name})));
  };
  return {count("total"), count("synced"), count("outOfSync"), count("pruned")};
}

std::vector<std::string> texts(const Json& json, std::initializer_list<const char*> path) {
  std::vector<std::string> texts;
  const Json* list = find(json, path);
  if (list == nullptr || !list->is_array()) return texts;
  for (const Json& each : *list) {
    if (each.is_string()) texts.push_back(each.get<std::string>());
  }
  return texts;
}

std::optional<LastSync> last_sync_of(const Json& resource) {
  const Json* json = find(resource, {"status", "lastSync"});
  if (json == nullptr || !json->is_object()) return std::nullopt;
  LastSync sync{text(*json, {"id"}),
                text(*json, {"trigger"}),
                text(*json, {"revision"}),
                time_of(text(*json, {"startedAt"})),
                time_of(text(*json, {"finishedAt"})),
                text(*json, {"result"}),
                text(*json, {"message"}),
                {}};
  if (sync.result == "Running") sync.finished = sync.started;
  sync.errors = texts(*json, {"errors"});
  return sync;
}

std::optional<Suspension> suspension_of(const Json& resource) {
  const Json* json = find(resource, {"status", "suspension"});
  if (json == nullptr || !json->is_object()) return std::nullopt;
  return Suspension{text(*json, {"by"}), text(*json, {"reason"}), time_of(text(*json, {"since"})),
                    health::flag(*json, {"inGit"})};
}

sync::HookOutcome outcome_of(const std::string& word) {
  static constexpr std::array kAll{sync::HookOutcome::kSucceeded, sync::HookOutcome::kFailed};
  return word_of(word, kAll, sync::HookOutcome::kRunning);
}

std::vector<sync::HookResult> hooks_of(const Json& resource) {
  std::vector<sync::HookResult> hooks;
  const Json* list = find(resource, {"status", "hooks"});
  if (list == nullptr || !list->is_array()) return hooks;
  for (const Json& json : *list) {
    sync::HookResult hook;
    hook.key = {{text(json, {"group"}), text(json, {"kind"})}, text(json, {"namespace"}), text(json, {"name"})};
    hook.object = text(json, {"object"});
    hook.phase = sync::hook_phase_of(text(json, {"phase"})).value_or(sync::HookPhase::kPreSync);
    hook.revision = text(json, {"revision"});
    hook.set = text(json, {"set"});
    hook.digest = text(json, {"digest"});
    hook.attempt = static_cast<int>(integer(json, {"attempt"}, 1));
    hook.outcome = outcome_of(text(json, {"result"}));
    hook.message = text(json, {"message"});
    hook.log = text(json, {"log"});
    hook.started = time_of(text(json, {"startedAt"}));
    hook.finished = hook.outcome == sync::HookOutcome::kRunning ? hook.started : time_of(text(json, {"finishedAt"}));
    hooks.push_back(std::move(hook));
  }
  return hooks;
}

}  // namespace

EnvironmentStatus read_status(const Json& resource) {
  EnvironmentStatus status;
  status.name = text(resource, {"metadata", "name"});
  status.branch = text(resource, {"spec", "source", "branch"});
  status.path = text(resource, {"spec", "source", "path"});
  status.sync = sync_of(text(resource, {"status", "sync"}));
  status.health = health_of(text(resource, {"status", "health"}));
  status.message = text(resource, {"status", "message"});
  status.head = text(resource, {"status", "revision", "head"});
  status.applied = text(resource, {"status", "revision", "applied"});
  status.applied_digest = text(resource, {"status", "appliedDigest"});
  status.generation = integer(resource, {"status", "observedGeneration"});
  status.conditions = conditions_of(resource);
  status.objects = counts_of(resource);
  status.last_sync = last_sync_of(resource);
  status.suspension = suspension_of(resource);
  status.hooks = hooks_of(resource);
  status.pre_delete = texts(resource, {"status", "preDelete"});
  status.resync = text(resource, {"status", "lastHandledResync"});
  return status;
}

}  // namespace reconciler::controller
