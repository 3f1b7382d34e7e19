// The part of a reconciliation that syncs: asks before a large prune, tries, applies, waits, and keeps the books of it.
#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "controller/round.h"
#include "controller/sync_id.h"
#include "sync/prune_guard.h"

namespace reconciler::controller {
namespace {

/// Objects that one message names; the list of objects has them all.
constexpr std::size_t kMostNamed = 50;

/// Says what would go, and how to say that it may.
Error unconfirmed(const sync::LargePrune& prune, const std::string& environment) {
  Error error{ErrorKind::kConflict,
              std::to_string(prune.objects.size()) + " of " + std::to_string(prune.members) +
                  " objects would be pruned, nothing was changed; if that is meant, say `prune: {confirm: " +
                  prune.digest + "}` in the environment's file, or: kubectl annotate --overwrite environment " +
                  environment + " gitops.spira.dev/confirm-prune=" + prune.digest,
              {}};
  const auto named = std::min(prune.objects.size(), kMostNamed);
  for (std::size_t i = 0; i < named; ++i) error.causes.push_back({prune.objects[i].text(), "", "is no longer in Git"});
  if (named < prune.objects.size()) {
    error.causes.push_back({"", "", "and " + std::to_string(prune.objects.size() - named) + " more"});
  }
  return error;
}

/// Whether the last sync of that revision ended because it waited in vain, and nothing has happened since.
bool has_given_up(const EnvironmentStatus& past, const std::string& revision) {
  if (!past.last_sync || past.last_sync->result != "Failed" || past.last_sync->revision != revision) return false;
  return std::any_of(past.conditions.begin(), past.conditions.end(), [](const Condition& condition) {
    return condition.type == "Synced" && condition.reason == kNotHealthy;
  });
}

/// Why waiting has no sense any more: what is degraded, or everything once the time is over.
Error vain(const sync::Plan& plan, bool is_degraded, Duration timeout) {
  const auto in_vain = "the sync waited in vain for " + duration_text(timeout) + " (spec.timeout)";
  Error error{ErrorKind::kRejected, is_degraded ? "the sync cannot go on" : in_vain, {}};
  for (const auto& [key, health] : plan.awaited) {
    if (is_degraded && health.status != HealthStatus::kDegraded) continue;
    const std::string word = health::to_string(health.status);
    error.causes.push_back({key.text(), "", health.message.empty() ? word : word + ": " + health.message});
  }
  return error;
}

/// Whether an object is to be replaced, and was not made anew.
bool leaves_replaced(const sync::Plan& plan, const std::vector<const sync::Step*>& done) {
  return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const sync::Step& step) {
    return step.action == sync::Action::kReplace && !step.is_held() &&
           std::find(done.begin(), done.end(), &step) == done.end();
  });
}

std::string told(const std::vector<std::string>& tales) {
  std::string text;
  for (std::size_t i = 0; i < std::min(tales.size(), kMostNamed); ++i) text += (i == 0 ? "" : "; ") + tales[i];
  if (tales.size() > kMostNamed) text += "; and " + std::to_string(tales.size() - kMostNamed) + " more";
  return text;
}

}  // namespace

/// Stops a sync that would prune more than the environment allows, unless just these objects were confirmed.
std::optional<Failure> Reconciler::guard_prune(Round& round, const sync::DesiredSet& set, const sync::Plan& plan) {
  const Environment& environment = round.findings.environment;
  const auto prune = sync::large_prune(set, plan, environment.max_prune_fraction);
  if (!prune) return std::nullopt;
  const auto resource = at_.resources.find(round.name());
  if (!is_confirmed(*prune, environment, resource ? &*resource : nullptr)) {
    return failure_at(Stage::kPrune, unconfirmed(*prune, round.name()));
  }
  round.pruning = prune->target;
  return std::nullopt;
}

std::optional<Failure> Reconciler::sync(Round& round, const sync::DesiredSet& set, sync::Plan& plan) {
  Findings& findings = round.findings;
  begin_sync(round);
  auto admission = admit(round, set, plan);
  if (!admission) return failure_at(Stage::kAdmit, std::move(admission).error());

  if (auto written = record_scope(round, set); !written) {
    return failure_at(Stage::kCluster, std::move(written).error());
  }
  const auto began = at_.clock.steady();
  auto execution = sync::execute(set, *admission, at_.cluster, at_.members, sync::Effort{}, round.stop);
  at_.metrics.stage("apply", since(began));
  at_.metrics.applied(round.name(), execution.applied);
  at_.metrics.pruned(round.name(), execution.pruned);
  note_found(round, plan, *admission);
  note_done(round, execution.done);
  findings.replaces = findings.replaces || leaves_replaced(plan, execution.done);
  note_reverts(round, execution.done);
  findings.pruned = findings.pruned.value_or(0) + execution.pruned;
  plan.refused = std::move(execution.refused);
  if (execution.error) return failure_at(Stage::kApply, *std::move(execution.error));
  return std::nullopt;
}

Status Reconciler::record_scope(const Round& round, const sync::DesiredSet& set) {
  auto scope = scope_of(set);
  if (const auto resource = at_.resources.find(round.name())) scope.include(resource->scope);
  return at_.resources.set_scope(round.name(), scope, round.pruning);
}

Result<sync::Admission> Reconciler::admit(Round& round, const sync::DesiredSet& set, sync::Plan& plan) {
  round.findings.syncing = true;
  publish(round.findings);
  const auto began = at_.clock.steady();
  auto admission = sync::admit(set, plan, at_.cluster, sync::Effort{}, round.stop);
  at_.metrics.stage("admit", since(began));
  round.findings.syncing = false;
  return admission;
}

void Reconciler::note_found(Round& round, const sync::Plan& plan, const sync::Admission& admission) {
  for (const auto& step : plan.steps) {
    const bool is_tale = step.action == sync::Action::kAdopt || step.action == sync::Action::kReplace;
    if (is_tale && !step.is_held()) round.tales.push_back(step.key.text() + ": " + step.reason);
    const auto trial = admission.trials.find(step.key);
    if (trial == admission.trials.end() || trial->second.found != sync::Action::kSkip) continue;
    sync::LiveMember member;
    member.key = step.key;
    member.api_version = step.api_version;
    member.uid = step.uid;
    const std::scoped_lock lock(mutex_);
    auto& strangers = strangers_[round.name()];
    if (strangers.head != round.head().id) strangers = {round.head().id, {}};
    strangers.objects.emplace(step.key, std::make_shared<const sync::LiveMember>(std::move(member)));
  }
}

void Reconciler::note_done(Round& round, const std::vector<const sync::Step*>& done) {
  LastSync& sync = *round.findings.sync;
  for (const auto* step : done) (step->action == sync::Action::kPrune ? sync.pruned : sync.applied).add(step->key);
  for (std::size_t i = 0; i < std::min(done.size(), kMostNamed); ++i) {
    const sync::Step& step = *done[i];
    spdlog::info("environment {}: {} {}: {}", round.name(), sync::to_string(step.action), step.key.text(), step.reason);
  }
  if (done.size() > kMostNamed) spdlog::info("environment {}: and {} more", round.name(), done.size() - kMostNamed);
}

void Reconciler::add_strangers(const Round& round, sync::LiveSet& live) {
  const std::scoped_lock lock(mutex_);
  const auto found = strangers_.find(round.name());
  if (found == strangers_.end() || found->second.head != round.head().id) return;
  live.insert(found->second.objects.begin(), found->second.objects.end());
}

void Reconciler::note_reverts(const Round& round, const std::vector<const sync::Step*>& done) {
  const bool was_whole = was_applied(before(round.name()), round.revision());
  std::size_t reverted = 0;
  for (const auto* step : done) {
    const bool is_revert = step->action == sync::Action::kRevert;
    const bool is_drift = is_revert || (step->action == sync::Action::kCreate && was_whole);
    if (is_drift) contests_.put_back(round.name(), *step->desired, at_.clock.steady());
    reverted += is_revert ? 1 : 0;
  }
  at_.metrics.reverted(round.name(), reverted);
  const std::scoped_lock lock(mutex_);
  for (const auto* step : done) verifications_[round.name()].different.erase(step->key);
}

void Reconciler::take_stock(Round& round, const sync::DesiredSet& set, const sync::Policy& policy,
                            const sync::Refusals& refused) {
  auto live = snapshot(set);
  add_strangers(round, live);
  auto plan = sync::make_plan(set, live, policy);
  name_owners(plan, live, round.name());
  take_down(round, plan, live, round.head().id);
  for (auto& object : round.findings.objects) {
    const auto refusal = refused.find(object.key);
    if (refusal == refused.end()) continue;
    object.sync = SyncStatus::kFailed;
    object.message = refusal->second;
  }
}

std::optional<Failure> Reconciler::wait(Round& round, const sync::Plan& plan) {
  Findings& findings = round.findings;
  findings.awaited = plan.awaited;
  const bool gave_up = !findings.sync && !round.request && has_given_up(before(round.name()), round.head().id);
  if (!gave_up) begin_sync(round);
  const bool is_degraded = std::any_of(plan.awaited.begin(), plan.awaited.end(), [](const sync::Awaited& awaited) {
    return awaited.health.status == HealthStatus::kDegraded;
  });
  const auto left = gave_up ? Duration(0) : time_left(round);
  findings.syncing = !is_degraded && left > Duration(0);
  if (!findings.syncing) return failure_at(Stage::kWait, vain(plan, is_degraded, findings.environment.timeout));
  if (round.request) findings.resync = round.resync;
  const auto over = at_.clock.steady() + left;
  findings.look_again = std::min(findings.look_again.value_or(over), over);
  return std::nullopt;
}

Duration Reconciler::time_left(const Round& round) const {
  const auto timeout = round.findings.environment.timeout;
  const auto began = std::max(round.findings.sync->started, born_);
  return std::chrono::duration_cast<Duration>(began + timeout - at_.clock.wall());
}

void Reconciler::begin_sync(Round& round) {
  Findings& findings = round.findings;
  if (findings.sync) return;
  const auto past = before(round.name());
  findings.pruned = 0;
  if (!round.request && is_under_way(past.last_sync) && past.last_sync->revision == round.head().id) {
    findings.sync = past.last_sync;
    findings.pruned = past.objects.pruned;
    return;
  }
  LastSync sync;
  sync.id = round.request.value_or(round.id);
  sync.revision = round.head().id;
  const bool is_retry =
      past.last_sync && past.last_sync->result == "Failed" && past.last_sync->revision == sync.revision;
  if (is_retry) {
    sync.message = past.last_sync->message;
    sync.errors = past.last_sync->errors;
  }
  sync.trigger = round.request                         ? "manual"
                 : is_retry                            ? "retry"
                 : past.applied.empty()                ? "start"
                 : was_applied(past, round.revision()) ? "drift"
                                                       : "commit";
  sync.started = sync.finished = at_.clock.wall();
  sync.result = "Running";
  findings.sync = std::move(sync);
}

void Reconciler::finish_sync(Round& round) {
  LastSync& sync = *round.findings.sync;
  const auto& failure = round.findings.failure;
  sync.finished = at_.clock.wall();
  sync.result = failure ? "Failed" : "Succeeded";
  if (round.request && !(failure && is_kept_from(*failure))) round.findings.resync = round.resync;
  sync.message = failure ? failure->error.head() : told(round.tales);
  sync.errors = failure ? cause_lines(failure->error.causes) : std::vector<std::string>();
}

}  // namespace reconciler::controller
