#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/environment.h"
#include "controller/sources.h"
#include "controller/status.h"
#include "sync/plan.h"

namespace reconciler::controller {

/// Where a reconciliation ended early, as the reason of the Synced condition.
enum class Stage { kFile, kSource, kCluster, kBuild, kPlan, kPrune, kDelete, kUndeleted, kAdmit, kApply, kWait, kHook };

/// The reason of a sync that waited in vain.
inline constexpr const char* kNotHealthy = "NotHealthy";
/// Of an environment that left Git with its objects: nothing fails, it takes its time; or something does.
inline constexpr const char* kDeleting = "Deleting";
inline constexpr const char* kDeletionFailed = "DeletionFailed";

struct Failure {
  Stage stage = Stage::kCluster;
  Error error;
};

/// What one look at an environment found out.
struct Findings {
  Environment environment;
  SourceView source;
  std::optional<Suspension> suspension;
  std::vector<std::string> notes;  ///< Of the rendering: remote bases that serve from an earlier time.
  std::optional<Failure> failure;
  std::vector<std::string> contested;  ///< Objects that others change each time that they are put back, and who.
  bool syncing = false;                ///< A sync is under way.
  std::vector<sync::Awaited> awaited;  ///< What it waits for.
  std::optional<std::vector<sync::HookResult>> hooks;  ///< When any was begun or ended.
  bool wholly_applied = false;                         ///< All that the head says was applied.
  bool replaces = false;                 ///< The sync has deleted an object that it could not make anew yet.
  std::string digest;                    ///< Of all objects that the head says; "" when not known.
  std::vector<std::string> pre_delete;   ///< The PreDelete hooks of the head.
  bool in_sync = false;                  ///< What lives is what the head says.
  std::vector<ObjectStatus> objects;     ///< As far as they are known.
  bool planned = false;                  ///< `objects` says all.
  std::optional<LastSync> sync;          ///< When one was begun.
  std::optional<std::size_t> pruned;     ///< By that sync.
  std::optional<SteadyTime> look_again;  ///< When what is known changes by the passing of time alone.
  std::optional<std::string> resync;     ///< The value of the resync annotation that this sync answers.
};

/// Each object of the plan, with its health from what lives. Those that were applied as the plan's set says are at
/// `revision`, the commit that the set is of.
std::vector<ObjectStatus> object_statuses(const sync::Plan& plan, const sync::LiveSet& live,
                                          const Revision& revision = {});

/// The causes of a failed sync as its status lists them: the first ones, and how many more there are.
std::vector<std::string> cause_lines(const std::vector<Cause>& causes);

/// What is said of the environment after these findings, given what was said before. Pure.
EnvironmentStatus make_status(const Findings& findings, const EnvironmentStatus& before, WallTime now);

}  // namespace reconciler::controller
