#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "kube/cluster.h"
#include "sync/desired.h"
#include "sync/hooks.h"
#include "sync/live.h"
#include "sync/plan.h"

namespace reconciler::sync {

/// How far the hooks of a phase are.
struct HookProgress {
  HookOutcome outcome = HookOutcome::kSucceeded;  ///< kSucceeded without any hook.
  std::vector<Awaited> awaited;                   ///< Those that run.
  std::vector<Cause> causes;                      ///< Of those that failed.
};

/// Runs the hooks of one revision, each once: level-based, in as many looks as it takes, by as many processes.
///
/// What was begun is in the results before its object is made, and the object bears the name of its run. So a process
/// that ends anywhere leaves either a result without an object, which the next one makes, or both, which it follows. A
/// finalizer keeps the object until its end is recorded, so that no time-to-live and no person takes the result away.
/// Hooks are created, not applied: the one name can be taken once.
class HookRunner {
 public:
  struct Means {
    kube::Cluster& cluster;
    const Clock& clock;
    /// Makes the results outlive this process. What it has not taken is not acted upon.
    std::function<Status(const std::vector<HookResult>& results)> record;
  };

  /// `results` is what was recorded; `live` the objects with the label kHookOfLabel of this set.
  HookRunner(const DesiredSet& set, LiveSet live, Revision revision, std::vector<HookResult> results, Means means);

  const std::vector<HookResult>& results() const { return results_; }

  /// Whether the phase has a hook that this revision has not begun.
  bool has_unbegun(HookPhase phase) const;
  /// Begins those whose wave has come, and follows those that run. Errors: kUnavailable, kCancelled, kForbidden, …: try
  /// again. Results of other revisions go with the first one of this. What the plan prunes gives way to a hook of its
  /// name.
  Result<HookProgress> advance(HookPhase phase, const Plan& plan);
  /// Records what has ended, and lets go of objects whose result is recorded: deletes them as their policy says.
  Status tend();
  /// Deletes what hooks have left behind that are in Git no more. For a set that was applied, or accepted.
  Status clear_away();
  /// Has those that failed in this revision run once more.
  Status repeat_failed();

 private:
  const HookResult* find(const Hook& hook, HookPhase phase) const;
  const LiveMember* object_of(const HookResult& result) const;
  const HookResult* result_of(const LiveMember& object) const;
  const Hook* hook_of(const HookResult& result) const;

  /// A result that was kept without its set (the definition in the cluster may not know that field) is of the set that
  /// the object was made for.
  void recognise(HookResult& result, const LiveMember& object) const;
  Status begin(const Hook& hook, HookPhase phase);
  Status create(const Hook& hook, HookResult& result, const Plan& plan);
  Status make_room(const LiveMember& old);
  bool is_left_over(const LiveMember& object) const;
  Result<bool> end(HookResult& result);
  Status let_go(const LiveMember& object, bool remove);
  std::string last_lines(const HookResult& result);
  std::string last_lines_of(const Json& pod);
  std::string hide_secrets(std::string text) const;

  const DesiredSet& set_;
  const LiveSet live_;
  const Revision revision_;
  std::vector<HookResult> results_;
  Means means_;
};

}  // namespace reconciler::sync
