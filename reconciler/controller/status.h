#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "health/health.h"
#include "object/manifest.h"
#include "sync/diff.h"
#include "sync/hooks.h"
#include "sync/plan.h"

namespace reconciler::controller {

using health::HealthStatus;

/// Whether the cluster is what Git says.
enum class SyncStatus { kSynced, kOutOfSync, kSyncing, kFailed, kSuspended, kUnknown };
/// The word that status, CLI and metrics use: "Synced", …
const char* to_string(SyncStatus status);

enum class ConditionStatus { kTrue, kFalse, kUnknown };

/// A condition as metav1.Condition has it.
struct Condition {
  std::string type;  ///< Ready, Synced, Healthy or SourceReady.
  ConditionStatus status = ConditionStatus::kUnknown;
  std::string reason;   ///< One CamelCase word.
  std::string message;  ///< For people; may be empty.
  WallTime last_transition{};

  bool operator==(const Condition&) const = default;
};

struct ObjectCounts {
  std::size_t total = 0;        ///< Objects that Git holds.
  std::size_t synced = 0;       ///< Of them, those that live as Git says.
  std::size_t out_of_sync = 0;  ///< The others, and those that wait to be pruned.
  std::size_t pruned = 0;       ///< Removed by the last sync.

  bool operator==(const ObjectCounts&) const = default;
};

/// Objects of which the first few are named.
struct NamedObjects {
  std::size_t count = 0;
  std::vector<std::string> first;

  void add(const ObjectKey& key);
  /// `ConfigMap dev/a, ConfigMap dev/b and 7 more`, of so many (at least `count`); "" when none is named.
  std::string text(std::size_t total) const;
  bool operator==(const NamedObjects&) const = default;
};

/// The last sync that did or tried something.
struct LastSync {
  std::string id;        ///< Of the request that asked for it, or one of its own.
  std::string trigger;   ///< "commit", "drift", "manual", "start", "retry".
  std::string revision;  ///< The commit, 40 digits.
  WallTime started{};
  WallTime finished{};              ///< Equal to `started` while it runs.
  std::string result;               ///< "Running", "Succeeded" or "Failed".
  std::string message;              ///< While a further attempt at a revision runs: why the one before failed.
  std::vector<std::string> errors;  ///< One line an independent cause, as `cause_lines` has them.
  NamedObjects applied = {};        ///< What this process has written of it; not published.
  NamedObjects pruned = {};         ///< The same, of what it has removed.

  bool operator==(const LastSync&) const = default;
};

/// Why an environment is not synced for a while.
struct Suspension {
  std::string by;       ///< Who: as he said to the API, the field manager of the annotation, or "Git".
  std::string reason;   ///< As he said; may be empty.
  WallTime since{};     ///< In whole seconds.
  bool in_git = false;  ///< Its file says so: only a commit ends it.

  /// `suspended by alice since 2026-01-31T12:00:00Z: maintenance`.
  std::string text() const;
  bool operator==(const Suspension&) const = default;
};

/// All that is said of one environment. Immutable once published.
struct EnvironmentStatus {
  std::string name;
  std::string branch;
  std::string path;
  SyncStatus sync = SyncStatus::kUnknown;
  HealthStatus health = HealthStatus::kUnknown;
  std::string message;          ///< The one line that a person needs; empty when all is well.
  std::string head;             ///< The branch's commit, 40 digits; empty when not known.
  std::string applied;          ///< The last commit that was wholly applied; empty when none was.
  std::string applied_digest;   ///< Of all that Git held then (`sync::digest_of`); empty when not known.
  std::int64_t generation = 0;  ///< Of the custom resource that this speaks of; 0 when not known.
  std::vector<Condition> conditions;
  ObjectCounts objects;
  std::optional<LastSync> last_sync;
  std::optional<Suspension> suspension;
  std::vector<sync::HookResult> hooks;  ///< Of the last revision that ran any.
  std::vector<std::string> pre_delete;  ///< The PreDelete hooks of the revision `applied`, by name.
  std::vector<std::string> waits_for;   ///< The objects that a sync waits for, with what they lack; a few of them.
  std::string resync;  ///< The last value of the annotation gitops.spira.dev/resync that a sync answered.

  bool operator==(const EnvironmentStatus&) const = default;
};

/// A commit, 40 digits, that many objects share; null when it is not known.
using Revision = std::shared_ptr<const std::string>;

/// Whether all of that was applied: what is missing since then, somebody took away.
bool was_applied(const EnvironmentStatus& status, const sync::Revision& revision);

/// One object of an environment as the status API shows it.
struct ObjectStatus {
  ObjectKey key;
  std::string api_version;
  SyncStatus sync = SyncStatus::kUnknown;
  HealthStatus health = HealthStatus::kUnknown;
  std::string message;       ///< Why it is not synced or not healthy, or what the plan notes; may be empty.
  bool in_git = true;        ///< False for one that left Git but lives.
  std::string version = {};  ///< The resource version that this speaks of; "" of one that does not live.
  std::vector<sync::FieldChange> changes = {};  ///< What differs, of an object that is left so.
  bool explained = false;                       ///< `changes` is known.
  std::string contenders = {};                  ///< Whose the fields are that differ.
  bool is_new = false;                          ///< Came with a commit that is not applied yet: nobody misses it.
  sync::Action action = sync::Action::kKeep;    ///< What the plan has for it.
  /// The commit that it was last applied at: the head, when that was as the head says; else what was told of it before,
  /// which a process that was not there finds in the commit that was wholly applied last, or in that of the last sync.
  /// Null when it does not live, is not ours, or neither of them says what was applied to it.
  Revision revision = {};
  std::size_t mark = 0;  ///< Of what was last applied to it (`mark_of`); 0 when it bears nothing of ours.
};

/// The body of `GET /api/v1/environments/{name}`.
Json to_json(const EnvironmentStatus& status);
/// The `status` of the Environment custom resource.
Json to_resource_status(const EnvironmentStatus& status);
/// One element of `GET /api/v1/environments/{name}/objects`.
Json to_json(const ObjectStatus& object);

}  // namespace reconciler::controller
