// The part of a reconciliation that runs hooks.
#include <algorithm>

#include <spdlog/spdlog.h>

#include "controller/round.h"
#include "sync/turns.h"

namespace reconciler::controller {
namespace {

using sync::HookOutcome;
using sync::HookPhase;

constexpr Duration kRecordPatience = std::chrono::seconds(10);

bool runs_in(const sync::Hook& hook, HookPhase phase) { return hook.rules.phases.count(phase) != 0; }

bool has_hook(const sync::DesiredSet& set, HookPhase phase) {
  return std::any_of(set.hooks.begin(), set.hooks.end(), [&](const auto& hook) { return runs_in(hook, phase); });
}

bool is_new(const sync::Hook& hook, const std::vector<sync::HookResult>& results) {
  const bool is_of_sync = runs_in(hook, HookPhase::kPreSync) || runs_in(hook, HookPhase::kPostSync);
  return is_of_sync && std::none_of(results.begin(), results.end(), [&](const sync::HookResult& result) {
           return result.key == hook.desired.key && result.digest == hook.desired.digest;
         });
}

bool brings_news(const sync::Plan& plan) {
  return std::any_of(plan.steps.begin(), plan.steps.end(),
                     [](const sync::Step& step) { return step.writes() && step.action != sync::Action::kRevert; });
}

/// Whether the sync did not do what it should; an outage, or a newer commit, says nothing of it.
bool is_failed_sync(const Failure& failure) {
  const bool is_of_sync = failure.stage == Stage::kAdmit || failure.stage == Stage::kApply ||
                          failure.stage == Stage::kWait || failure.stage == Stage::kHook;
  return is_of_sync && failure.error.kind != ErrorKind::kUnavailable && failure.error.kind != ErrorKind::kCancelled;
}

std::string way_out(const std::string& environment) {
  return "to delete its objects without its PreDelete hooks: kubectl annotate environment " + environment + " " +
         kPreDeleteAnnotation + "=skip";
}

/// Nothing tells whether they would have allowed the deletion, so nothing is deleted.
Error unreadable(const Error& error, const EnvironmentStatus& status) {
  std::string hooks;
  for (const auto& hook : status.pre_delete) hooks += (hooks.empty() ? "" : ", ") + hook;
  return {error.kind,
          "left Git; its PreDelete hooks (" + hooks + ") cannot be read from its last revision " +
              status.applied.substr(0, 12) + ", so nothing is deleted; " + way_out(status.name) + "; " + error.head(),
          error.causes};
}

}  // namespace

std::vector<std::string> pre_delete_hooks(const sync::DesiredSet& set) {
  std::vector<std::string> names;
  for (const auto& hook : set.hooks) {
    if (runs_in(hook, HookPhase::kPreDelete)) names.push_back(hook.desired.key.text());
  }
  return names;
}

sync::HookRunner Reconciler::hook_runner(Round& round, const sync::DesiredSet& set) {
  const auto record = [this, &round](const std::vector<sync::HookResult>& results) {
    round.findings.hooks = results;
    publish(round.findings);
    return at_.resources.wait_published(round.name(), kRecordPatience, round.stop);
  };
  return {set,
          at_.hooks.members_of(set.part_of),
          round.revision(),
          round.findings.hooks.value_or(before(round.name()).hooks),
          {at_.cluster, at_.clock, record}};
}

std::optional<Failure> Reconciler::tend_hooks(Round& round, const sync::DesiredSet& set) {
  std::set<GroupKind> kinds;
  for (const auto& hook : set.hooks) kinds.insert(hook.desired.key.type);
  for (const auto& result : before(round.name()).hooks) kinds.insert(result.key.type);
  if (kinds.empty()) return std::nullopt;
  at_.hooks.use_rules(set.part_of, round.findings.environment.health_rules);
  if (auto followed = at_.hooks.follow(kinds, kListPatience, round.stop); !followed) {
    return failure_at(Stage::kCluster, std::move(followed).error());
  }
  auto runner = hook_runner(round, set);
  auto status = runner.tend();
  if (status && round.request) status = runner.repeat_failed();
  return status ? std::nullopt : std::optional(failure_at(Stage::kCluster, std::move(status).error()));
}

bool Reconciler::owes_hooks(const Round& round, const sync::DesiredSet& set, const sync::Plan& plan) const {
  if (!has_hook(set, HookPhase::kPreSync) && !has_hook(set, HookPhase::kPostSync)) return false;
  const auto past = before(round.name());
  const auto revision = round.revision();
  if (was_applied(past, revision)) return false;
  const bool goes_on = is_under_way(past.last_sync) && past.last_sync->revision == revision.commit;
  const bool was_begun = std::any_of(past.hooks.begin(), past.hooks.end(),
                                     [&](const sync::HookResult& result) { return result.is_of(revision); });
  const bool has_new_one =
      std::any_of(set.hooks.begin(), set.hooks.end(), [&](const sync::Hook& hook) { return is_new(hook, past.hooks); });
  return goes_on || was_begun || has_new_one || brings_news(plan);
}

std::optional<Failure> Reconciler::run_pre_sync(Round& round, const sync::DesiredSet& set, sync::Plan& plan) {
  auto runner = hook_runner(round, set);
  const bool begins = runner.has_unbegun(HookPhase::kPreSync);
  if (begins) {
    begin_sync(round);
    if (auto admission = admit(round, set, plan); !admission) {
      return failure_at(Stage::kAdmit, std::move(admission).error());
    }
    round.findings.syncing = true;
    // The namespaces that they run in come first.
    if (sync::hold_for_hooks(plan, set, HookPhase::kPreSync)) return std::nullopt;
  }
  // Members make room for hooks of their names: what is left of a confirmed prune then is not asked about again.
  if (!round.pruning.empty()) {
    if (auto written = record_scope(round, set); !written) {
      return failure_at(Stage::kCluster, std::move(written).error());
    }
  }
  return run_hooks(round, runner, HookPhase::kPreSync, set, plan);
}

std::optional<Failure> Reconciler::run_post_sync(Round& round, const sync::DesiredSet& set, const sync::LiveSet& live,
                                                 sync::Plan& plan) {
  plan.awaited = sync::unready(plan, live);
  if (!plan.awaited.empty()) return std::nullopt;
  auto runner = hook_runner(round, set);
  if (runner.has_unbegun(HookPhase::kPostSync)) {
    begin_sync(round);
    round.findings.syncing = true;
  }
  return run_hooks(round, runner, HookPhase::kPostSync, set, plan);
}

std::optional<Failure> Reconciler::run_hooks(Round& round, sync::HookRunner& runner, HookPhase phase,
                                             const sync::DesiredSet& set, sync::Plan& plan) {
  const auto progress = runner.advance(phase, plan);
  if (!progress) return failure_at(Stage::kCluster, progress.error());
  round.hooks_run = progress->outcome == HookOutcome::kRunning;
  if (progress->outcome == HookOutcome::kFailed) {
    sync::hold_for_hooks(plan, set, phase);
    round.findings.syncing = false;
    return failure_at(Stage::kHook, Error{ErrorKind::kRejected, "a hook failed", progress->causes});
  }
  if (round.hooks_run) {
    sync::hold_for_hooks(plan, set, phase);
    plan.awaited = progress->awaited;
  }
  return std::nullopt;
}

void Reconciler::run_sync_fail(Round& round, const sync::DesiredSet& set) {
  if (!is_failed_sync(*round.findings.failure) || !has_hook(set, HookPhase::kSyncFail)) return;
  round.findings.syncing = false;
  const auto progress = hook_runner(round, set).advance(HookPhase::kSyncFail, {});
  if (!progress) spdlog::warn("environment {}: SyncFail hooks: {}", round.name(), progress.error().line());
}

Result<std::vector<sync::Awaited>> Reconciler::run_pre_delete(const Resource& resource, const std::string& name,
                                                              const std::stop_token& stop) {
  auto status = before(name);
  if (status.pre_delete.empty() || resource.skips_pre_delete) return {};
  at_.sources.keep(resource.source.repository.empty() ? at_.repository : resource.source.repository,
                   resource.source.branch);
  const auto set = applied_set(resource, name);
  if (!set) return fail(unreadable(set.error(), status));
  std::set<GroupKind> kinds;
  for (const auto& hook : set->hooks) kinds.insert(hook.desired.key.type);
  TRY_VOID(at_.hooks.follow(kinds, kListPatience, stop));
  const auto keep = [&](const std::vector<sync::HookResult>& results) {
    status.hooks = results;
    return record(status, stop);
  };
  sync::HookRunner runner(*set, at_.hooks.members_of(set->part_of), {status.applied, status.applied_digest},
                          status.hooks, {at_.cluster, at_.clock, keep});
  TRY_VOID(runner.tend());
  if (owes_resync(name)) {
    status.resync = at_.resources.asked_resync(name);
    TRY_VOID(runner.repeat_failed());
  }
  TRY(const auto leaving, plan_to_leave(resource, true, stop));
  TRY(const auto progress, runner.advance(HookPhase::kPreDelete, leaving.plan));
  if (progress.outcome != HookOutcome::kFailed) return progress.awaited;
  return fail(ErrorKind::kRejected, "a hook failed; a resync runs it once more; " + way_out(name), progress.causes);
}

Status Reconciler::end_hooks(const Resource& resource, const std::string& name, const std::stop_token& stop) {
  std::set<GroupKind> kinds;
  for (const auto& result : before(name).hooks) kinds.insert(result.key.type);
  if (kinds.empty()) return {};
  TRY_VOID(at_.hooks.follow(kinds, kListPatience, stop));
  const auto nothing = nothing_of(resource);
  const auto forget = [](const std::vector<sync::HookResult>&) { return Status(); };
  sync::HookRunner runner(nothing, at_.hooks.members_of(nothing.part_of), {}, {}, {at_.cluster, at_.clock, forget});
  TRY_VOID(runner.tend());
  return runner.clear_away();
}

Status Reconciler::record(const EnvironmentStatus& status, const std::stop_token& stop) {
  auto published = std::make_shared<const EnvironmentStatus>(status);
  at_.statuses.put(published, nullptr);
  at_.resources.publish(published);
  return at_.resources.wait_published(status.name, kRecordPatience, stop);
}

}  // namespace reconciler::controller
