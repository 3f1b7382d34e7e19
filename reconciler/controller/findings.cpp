#include "controller/findings.h"

#include <algorithm>

#include "controller/revisions.h"
#include "health/short_text.h"

namespace reconciler::controller {
namespace {

using sync::Action;

SyncStatus sync_of(const sync::Step& step) {
  switch (step.action) {
    case Action::kKeep:
    case Action::kRetain:
    case Action::kSkip:
      return SyncStatus::kSynced;
    case Action::kBlocked:
      return SyncStatus::kFailed;
    default:
      return SyncStatus::kOutOfSync;
  }
}

bool is_wanted(const sync::Step& step) { return step.desired != nullptr; }

constexpr std::size_t kMostAwaited = 10;

std::vector<std::string> awaited_texts(const Findings& findings) {
  std::vector<std::string> texts;
  for (const auto& [key, health] : findings.awaited) {
    if (texts.size() == kMostAwaited) {
      texts.push_back("and " + std::to_string(findings.awaited.size() - kMostAwaited) + " more");
      break;
    }
    texts.push_back(key.text() + ": " + (health.message.empty() ? health::to_string(health.status) : health.message));
  }
  return texts;
}

/// A failure stays in sight while the next attempt runs, which may take its time.
std::string syncing_message(const Findings& findings) {
  const auto& sync = findings.sync;
  if (findings.awaited.empty() && sync && !sync->message.empty()) {
    std::string message = "a further attempt is under way; the last one: " + sync->message;
    for (const auto& error : sync->errors) message += "; " + error;
    return message;
  }
  if (findings.awaited.empty()) return "a sync is under way";
  std::string message = "waits for ";
  for (const auto& text : awaited_texts(findings)) message += (message.back() == ' ' ? "" : "; ") + text;
  return message;
}

/// The worst health of the objects that Git holds and that were applied, and up to three of those that have it.
struct Overall {
  HealthStatus health = HealthStatus::kHealthy;
  std::string message;
};

Overall overall_health(const std::vector<ObjectStatus>& objects) {
  Overall overall;
  for (const auto& object : objects) {
    if (!object.is_new) overall.health = std::max(overall.health, object.health);
  }
  if (overall.health == HealthStatus::kHealthy) return overall;
  std::size_t named = 0;
  std::size_t others = 0;
  for (const auto& object : objects) {
    if (object.is_new || object.health != overall.health) continue;
    if (++named > 3) {
      ++others;
      continue;
    }
    if (named > 1) overall.message += "; ";
    overall.message += object.key.text() + (object.message.empty() ? "" : ": " + object.message);
  }
  if (others > 0) overall.message += "; and " + std::to_string(others) + " more";
  return overall;
}

/// Who suspended it and why, and what a sync would find to do.
std::string suspended_message(const Findings& findings) {
  auto text = findings.suspension->text();
  if (findings.failure) return text + "; " + findings.failure->error.line();
  const auto& objects = findings.objects;
  const auto differing = std::count_if(objects.begin(), objects.end(),
                                       [](const auto& object) { return object.sync != SyncStatus::kSynced; });
  if (differing == 0) return text;
  return text + "; " + std::to_string(differing) + (differing == 1 ? " object differs" : " objects differ") +
         " from Git";
}

const char* reason_of(const Failure& failure) {
  if (failure.error.kind == ErrorKind::kUnavailable) return "ClusterUnavailable";
  if (failure.error.kind == ErrorKind::kForbidden) return "Forbidden";
  if (failure.error.kind == ErrorKind::kInternal) return "InternalError";
  switch (failure.stage) {
    case Stage::kFile:
      return "InvalidEnvironment";
    case Stage::kSource:
      return "SourceNotReady";
    case Stage::kCluster:
      return "EnvironmentNotMirrored";
    case Stage::kBuild:
      return "BuildFailed";
    case Stage::kPrune:
      return "PruneNeedsConfirmation";
    case Stage::kDelete:
      return kDeleting;
    case Stage::kUndeleted:
      return kDeletionFailed;
    case Stage::kPlan:
    case Stage::kAdmit:
      return "Rejected";
    case Stage::kApply:
      return "ApplyFailed";
    case Stage::kWait:
      return kNotHealthy;
    case Stage::kHook:
      return "HookFailed";
  }
  return "Failed";
}

/// What failed there is that something is gone.
bool is_left_over(Stage stage) {
  return stage == Stage::kPrune || stage == Stage::kDelete || stage == Stage::kUndeleted;
}

SyncStatus sync_status(const Findings& findings, const EnvironmentStatus& before) {
  if (findings.suspension) return SyncStatus::kSuspended;
  if (findings.syncing) return SyncStatus::kSyncing;
  if (findings.failure) {
    if (is_left_over(findings.failure->stage)) return SyncStatus::kOutOfSync;
    return findings.failure->error.kind == ErrorKind::kUnavailable ? SyncStatus::kUnknown : SyncStatus::kFailed;
  }
  const bool is_resumed = before.sync == SyncStatus::kSuspended;
  if (!findings.planned) return before.applied.empty() || is_resumed ? SyncStatus::kUnknown : before.sync;
  return findings.in_sync ? SyncStatus::kSynced : SyncStatus::kOutOfSync;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += (text.empty() ? "" : "; ") + line;
  return text;
}

/// With its file, where that was read.
std::string name_of(const Environment& environment) {
  return "environment " + environment.name + (environment.origin.empty() ? "" : ", " + environment.origin);
}

Condition source_condition(const Findings& findings) {
  const auto& source = findings.source;
  if (findings.failure && findings.failure->stage == Stage::kFile) {
    return {"SourceReady", ConditionStatus::kFalse, "InvalidEnvironment", findings.failure->error.line(), {}};
  }
  if (source.error) {
    const char* reason = source.error->kind == ErrorKind::kForbidden ? "AuthenticationFailed" : "FetchFailed";
    return {"SourceReady", ConditionStatus::kFalse, reason, source.error->line(), {}};
  }
  if (!source.looked)
    return {"SourceReady", ConditionStatus::kUnknown, "NotLookedYet", "the remote was not asked yet", {}};
  if (!source.head) {
    return {"SourceReady",
            ConditionStatus::kFalse,
            "BranchNotFound",
            "the repository has no branch '" + findings.environment.source.branch + "' (spec.source.branch of " +
                name_of(findings.environment) + ")",
            {}};
  }
  std::string message = "at commit " + source.head->id;
  for (const auto& note : findings.notes) message += "; " + note;
  return {"SourceReady", ConditionStatus::kTrue, findings.notes.empty() ? "Fetched" : "StaleRemoteBase", message, {}};
}

Condition synced_condition(const Findings& findings, SyncStatus sync) {
  if (findings.failure && sync != SyncStatus::kSyncing && sync != SyncStatus::kSuspended) {
    const auto status = sync == SyncStatus::kUnknown ? ConditionStatus::kUnknown : ConditionStatus::kFalse;
    return {"Synced", status, reason_of(*findings.failure), findings.failure->error.line(), {}};
  }
  switch (sync) {
    case SyncStatus::kSynced:
      return {"Synced", ConditionStatus::kTrue, "Synced", "", {}};
    case SyncStatus::kSyncing:
      return {"Synced", ConditionStatus::kFalse, "Syncing", syncing_message(findings), {}};
    case SyncStatus::kSuspended:
      return {"Synced", ConditionStatus::kUnknown, "Suspended", suspended_message(findings), {}};
    case SyncStatus::kOutOfSync:
      if (!findings.contested.empty())
        return {"Synced", ConditionStatus::kFalse, "Contested", joined(findings.contested), {}};
      return {"Synced", ConditionStatus::kFalse, "OutOfSync", "objects differ from Git", {}};
    default:
      return {"Synced", ConditionStatus::kUnknown, "Unknown", "not compared with the cluster yet", {}};
  }
}

Condition healthy_condition(HealthStatus health, const std::string& message) {
  const auto status = health == HealthStatus::kHealthy   ? ConditionStatus::kTrue
                      : health == HealthStatus::kUnknown ? ConditionStatus::kUnknown
                                                         : ConditionStatus::kFalse;
  return {"Healthy", status, health::to_string(health), message, {}};
}

/// The beginning of a text of more than so many bytes, with where the rest is.
std::string beginning_of(const std::string& text, std::size_t most, const std::string& rest) {
  return text.size() <= most ? text : health::shortened(text, most) + " (" + rest + ")";
}

/// As long as a line of `kubectl get` may be.
constexpr std::size_t kMostOfLine = 1000;

/// The definition takes 32768 characters; a status that the API server refuses would never be published.
constexpr std::size_t kMostOfMessage = 30000;

/// Each message of a status has an end.
void bound_messages(EnvironmentStatus& status) {
  const auto bound = [rest = "of each object: GET /api/v1/environments/" + status.name + "/objects"](auto& message) {
    message = beginning_of(message, kMostOfMessage, rest);
  };
  for (auto& condition : status.conditions) bound(condition.message);
  if (status.last_sync) bound(status.last_sync->message);
}

/// Ready when all the others are; else what keeps it from being ready, the most basic thing first.
Condition ready_condition(const std::vector<Condition>& others, const Findings& findings) {
  if (findings.suspension) return {"Ready", ConditionStatus::kFalse, "Suspended", suspended_message(findings), {}};
  for (const auto& other : others) {
    if (other.status == ConditionStatus::kTrue) continue;
    const auto status =
        other.reason == "Progressing" || other.reason == "Syncing" ? ConditionStatus::kFalse : other.status;
    return {"Ready",
            status,
            other.reason,
            beginning_of(other.message, kMostOfLine, "all of it: condition " + other.type),
            {}};
  }
  return {"Ready", ConditionStatus::kTrue, "Ready", "synced and healthy", {}};
}

void keep_transition_times(std::vector<Condition>& conditions, const EnvironmentStatus& before, WallTime now) {
  for (auto& condition : conditions) {
    condition.last_transition = now;
    for (const auto& old : before.conditions) {
      if (old.type == condition.type && old.status == condition.status) condition.last_transition = old.last_transition;
    }
  }
}

ObjectCounts counts_of(const Findings& findings, const ObjectCounts& before) {
  ObjectCounts counts = before;
  if (findings.planned) {
    const auto& objects = findings.objects;
    const auto count = [&](auto matches) {
      return static_cast<std::size_t>(std::count_if(objects.begin(), objects.end(), matches));
    };
    counts.total = count([](const ObjectStatus& object) { return object.in_git; });
    counts.synced =
        count([](const ObjectStatus& object) { return object.in_git && object.sync == SyncStatus::kSynced; });
    counts.out_of_sync = count([](const ObjectStatus& object) { return object.sync != SyncStatus::kSynced; });
  }
  if (findings.pruned) counts.pruned = *findings.pruned;
  return counts;
}

/// What was said of the health, for as long as nothing newer is known.
std::string healthy_message(const EnvironmentStatus& before) {
  for (const auto& condition : before.conditions) {
    if (condition.type == "Healthy") return condition.message;
  }
  return before.health == HealthStatus::kUnknown ? "not known yet" : "";
}

std::string first_trouble(const std::vector<Condition>& conditions) {
  const auto& ready = conditions.front();
  return ready.status == ConditionStatus::kTrue ? "" : ready.message;
}

/// Causes that a sync lists, and bytes of each: a status has to fit into one object of etcd, and into what a reader of
/// events may be behind.
constexpr std::size_t kMostCauses = 200;
constexpr std::size_t kMostOfCause = 800;

}  // namespace

std::vector<std::string> cause_lines(const std::vector<Cause>& causes) {
  std::vector<std::string> lines;
  const auto told = std::min(causes.size(), kMostCauses);
  for (std::size_t i = 0; i < told; ++i) lines.push_back(health::shortened(causes[i].text(), kMostOfCause));
  if (told < causes.size()) lines.push_back("and " + std::to_string(causes.size() - told) + " more");
  return lines;
}

std::vector<ObjectStatus> object_statuses(const sync::Plan& plan, const sync::LiveSet& live, const Revision& revision) {
  std::vector<ObjectStatus> objects;
  objects.reserve(plan.steps.size());
  for (const auto& step : plan.steps) {
    ObjectStatus object{step.key,      step.api_version,
                        sync_of(step), step.action == Action::kSkip ? HealthStatus::kHealthy : HealthStatus::kMissing,
                        step.reason,   is_wanted(step)};
    object.action = step.action;
    const auto found = live.find(step.key);
    if (found != live.end()) {
      object.health = object.in_git ? found->second->health.status : HealthStatus::kHealthy;
      object.version = found->second->resource_version;
      object.mark = mark_of(found->second->digest);
      if (step.desired != nullptr && step.desired->digest == found->second->digest) object.revision = revision;
      const auto& why = found->second->health.message;
      if (object.message.empty() || (step.action == Action::kKeep && !why.empty())) object.message = why;
    }
    objects.push_back(std::move(object));
  }
  return objects;
}

namespace {

/// A sync that a suspension ended does not run any more.
void end_sync(EnvironmentStatus& status, WallTime now) {
  if (!status.suspension || !status.last_sync || status.last_sync->result != "Running") return;
  status.last_sync->result = "Failed";
  status.last_sync->message = status.suspension->text();
  status.last_sync->finished = now;
}

/// Whether what is missing from now on may be missing because of a sync: one of another set, also one that comes to no
/// end; one that replaces; or one that failed, where nobody puts back what is missing without being asked.
bool unsettles(const Findings& findings, const EnvironmentStatus& status) {
  if (!findings.sync || findings.digest.empty()) return false;
  return findings.digest != status.applied_digest || findings.replaces ||
         (findings.failure && !findings.environment.self_heal);
}

}  // namespace

EnvironmentStatus make_status(const Findings& findings, const EnvironmentStatus& before, WallTime now) {
  EnvironmentStatus status = before;
  status.name = findings.environment.name;
  status.branch = findings.environment.source.branch;
  status.path = findings.environment.source.path;
  if (findings.source.head) status.head = findings.source.head->id;
  if (findings.wholly_applied && findings.source.head) {
    status.applied = findings.source.head->id;
    status.applied_digest = findings.digest;
    status.pre_delete = findings.pre_delete;
  } else if (unsettles(findings, status)) {
    status.applied_digest.clear();
  }
  if (findings.sync) status.last_sync = findings.sync;
  status.suspension = findings.suspension;
  if (findings.resync) status.resync = *findings.resync;
  end_sync(status, now);
  status.sync = sync_status(findings, before);
  if (findings.hooks) status.hooks = *findings.hooks;
  status.waits_for = findings.syncing ? awaited_texts(findings) : std::vector<std::string>();
  status.objects = counts_of(findings, before.objects);

  Overall overall{before.health, healthy_message(before)};
  if (findings.planned) {
    overall = overall_health(findings.objects);
  } else if (findings.failure && findings.failure->error.kind == ErrorKind::kUnavailable) {
    overall = {HealthStatus::kUnknown, "not known while the API server is out of reach"};
  } else if (findings.failure && findings.failure->stage == Stage::kCluster &&
             findings.failure->error.kind == ErrorKind::kForbidden) {
    overall = {HealthStatus::kUnknown, "not known while the API server does not let it be read"};
  }
  status.health = overall.health;

  std::vector<Condition> others{source_condition(findings), synced_condition(findings, status.sync),
                                healthy_condition(status.health, overall.message)};
  status.conditions = {ready_condition(others, findings)};
  status.conditions.insert(status.conditions.end(), others.begin(), others.end());
  if (!findings.contested.empty()) {
    status.conditions.push_back(
        {"Contested", ConditionStatus::kTrue, "ChangedByOthers", joined(findings.contested), {}});
  }
  keep_transition_times(status.conditions, before, now);
  bound_messages(status);
  status.message = first_trouble(status.conditions);
  return status;
}

}  // namespace reconciler::controller
