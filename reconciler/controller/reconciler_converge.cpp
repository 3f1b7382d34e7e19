// From what Git says and what lives to what differs, and whether anything is left to do.
#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "controller/drift.h"
#include "controller/owners.h"
#include "controller/reconciler.h"
#include "controller/round.h"
#include "sync/names.h"
#include "sync/unused_definitions.h"
#include "sync/verify.h"

namespace reconciler::controller {
namespace {

/// Passes of plan and sync in one reconciliation: what still differs after them is being changed by somebody all the
/// time.
constexpr int kMaxPasses = 4;

sync::ApplySetScope scope_of(const sync::LiveSet& live, const std::string& part_of) {
  sync::ApplySetScope scope;
  for (const auto& [key, member] : live) {
    if (member->part_of == part_of) scope.include(key);
  }
  return scope;
}

/// Adds what is being deleted, and made anew once it is gone, to what the plan waits for. Whether it waits for any.
bool await_going(sync::Plan& plan) {
  plan.awaited.clear();
  for (const auto& step : plan.steps) {
    if (step.action == sync::Action::kWait && step.desired != nullptr)
      plan.awaited.push_back({step.key, {HealthStatus::kProgressing, step.reason}});
  }
  return !plan.awaited.empty();
}

/// What is not as it was applied a moment ago.
std::string unsettled(const sync::Step& step, const sync::LiveSet& live) {
  const auto found = live.find(step.key);
  const bool was_marked = found != live.end() && step.action == sync::Action::kChange;
  if (!was_marked) return std::string(sync::to_string(step.action)) + ": " + step.reason;
  const auto& digest = found->second->digest;
  return std::string("its annotation ") + sync::kDigestAnnotation + " was " + (digest.empty() ? "removed" : "changed") +
         " as it was applied";
}

/// Whatever is applied, something in the cluster makes another thing of it at once.
Error never_settles(const sync::Plan& plan, const sync::LiveSet& live) {
  Error error{ErrorKind::kConflict, "objects change again as soon as they are applied", {}};
  for (const auto& step : plan.steps) {
    if (step.writes() && !step.is_held()) error.causes.push_back({step.key.text(), "", unsettled(step, live)});
  }
  return error;
}

}  // namespace

std::optional<Failure> Reconciler::converge(Round& round, sync::DesiredSet& set) {
  Findings& findings = round.findings;
  const Environment& environment = findings.environment;
  sync::Policy policy;
  policy.prune = environment.prune;
  policy.self_heal =
      environment.self_heal || round.request;  // Who asks for a sync means what was changed by hand, too.
  policy.apply_all = round.request.has_value();
  follow_health(set, environment);
  findings.digest = sync::digest_of(set);
  policy.in_order = !was_applied(before(round.name()), round.revision());
  std::size_t held = set.objects.size();
  if (auto failure = tend_hooks(round, set)) return failure;
  for (int pass = 0;; ++pass) {
    if (auto followed = follow(set, round.name(), round.stop); !followed) {
      return failure_at(Stage::kCluster, std::move(followed).error());
    }
    auto began = at_.clock.steady();
    const auto live = observe(round, set);
    const auto truce = contests_.truce(round.name(), set, at_.clock.steady());
    policy.contested = truce.objects;
    policy.different = verification(round.name()).different;
    policy.unused = sync::unused_definitions(set, live, at_.cluster);
    policy.shared = needed_by_others(round.name(), live);
    round.truce_over = truce.until;
    at_.metrics.stage("health", since(began));
    began = at_.clock.steady();
    auto plan = sync::make_plan(set, live, policy);
    name_owners(plan, live, round.name());
    take_down(round, plan, live, round.head().id);
    at_.metrics.stage("plan", since(began));
    findings.planned = true;
    findings.in_sync = all_in_sync(findings.objects);
    if (!plan.nothing_to_do()) {
      if (auto failure = guard_prune(round, set, plan)) return failure;
    }
    const bool owes = owes_hooks(round, set, plan);
    if (owes) {
      auto failure = run_pre_sync(round, set, plan);
      const bool is_idle = plan.nothing_to_do() || plan.only_waits();
      if (failure && (is_idle || failure->stage != Stage::kHook)) {
        take_stock(round, set, policy, plan.refused);
        return failure;
      }
      if (round.hooks_run && is_idle) return wait(round, plan);
    }
    if (plan.nothing_to_do() && owes) {
      if (auto failure = run_post_sync(round, set, live, plan)) return failure;
      if (!plan.awaited.empty()) return wait(round, plan);
    }
    if (plan.nothing_to_do()) {
      const auto found = verify(round, set, plan);
      if (!found) return failure_at(Stage::kCluster, found.error());
      if (*found) continue;
      if (policy.in_order && await_going(plan)) return wait(round, plan);
      return conclude(round, set, plan, live);
    }
    if (plan.only_waits()) return wait(round, plan);
    if (plan.held() < held) pass = 0;  // Waves go on: that is no fight.
    held = plan.held();
    if (pass >= kMaxPasses) {
      findings.syncing = false;
      return failure_at(Stage::kApply, never_settles(plan, live));
    }
    if (auto failure = sync(round, set, plan)) {
      take_stock(round, set, policy, plan.refused);
      return failure;
    }
    policy.apply_all = false;
    policy.in_order = policy.in_order || findings.replaces;
  }
}

std::optional<Failure> Reconciler::conclude(Round& round, const sync::DesiredSet& set, const sync::Plan& plan,
                                            const sync::LiveSet& live) {
  Findings& findings = round.findings;
  if (is_under_way(this->before(round.name()).last_sync)) begin_sync(round);
  findings.syncing = false;
  findings.wholly_applied = plan.count(sync::Action::kWait) == 0;
  findings.pre_delete = pre_delete_hooks(set);
  if (auto cleared = hook_runner(round, set).clear_away(); !cleared) {
    return failure_at(Stage::kCluster, std::move(cleared).error());
  }
  const auto before = at_.statuses.objects(round.name());
  const auto truce = contests_.truce(round.name(), set, at_.clock.steady());
  auto explained = explain_drift(set, plan, before == nullptr ? std::vector<ObjectStatus>() : *before, truce.objects,
                                 at_.cluster, findings.objects);
  if (!explained) return failure_at(Stage::kCluster, std::move(explained).error());
  findings.in_sync = all_in_sync(findings.objects);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const auto& step = plan.steps[i];
    const bool is_left = step.action == sync::Action::kTolerate && truce.objects.count(step.key) != 0;
    if (!is_left || findings.objects[i].sync == SyncStatus::kSynced) continue;
    const auto& contenders = findings.objects[i].contenders;
    findings.contested.push_back(step.key.text() + ": " + (contenders.empty() ? step.reason : contenders));
  }
  auto scope = scope_of(set);
  scope.include(scope_of(live, set.part_of));
  auto written = at_.resources.set_scope(round.name(), scope);
  return written ? std::nullopt : std::optional(failure_at(Stage::kCluster, std::move(written).error()));
}

/// Environments are looked at one after the other: each has its own place in the interval, by its name. None at the
/// start.
Reconciler::Verification Reconciler::verification(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  Verification& verification = verifications_[name];
  if (verification.due == SteadyTime{}) {
    const auto part = static_cast<double>(std::hash<std::string>{}(name) % 1000) / 1000;
    verification.due = at_.clock.steady() + std::chrono::duration_cast<Duration>(at_.verify_interval * (1 + part) / 2);
  }
  return verification;
}

Result<bool> Reconciler::verify(Round& round, const sync::DesiredSet& set, const sync::Plan& plan) {
  if (at_.clock.steady() < verification(round.name()).due) return false;
  autoscalers_.forget(round.name());
  TRY(auto verified, sync::verify(set, plan, at_.cluster, sync::Effort{}, round.stop));
  for (const auto& key : verified.different) {
    spdlog::warn("environment {}: {} was changed unseen", round.name(), key.text());
  }
  for (const auto& [key, why] : verified.refused) {
    spdlog::warn("environment {}: {} is in sync, and would be refused now: {}", round.name(), key.text(), why);
  }
  const std::scoped_lock lock(mutex_);
  verifications_[round.name()] = {at_.clock.steady() + at_.verify_interval, verified.different};
  return !verified.different.empty();
}

Status Reconciler::follow(const sync::DesiredSet& set, const std::string& name, const std::stop_token& stop) {
  auto kinds = scope_of(set).kinds;
  if (const auto resource = at_.resources.find(name))
    kinds.insert(resource->scope.kinds.begin(), resource->scope.kinds.end());
  // What is known to be out of reach is not waited for: its return is told.
  if (auto trouble = at_.members.trouble(kinds)) return fail(*std::move(trouble));
  return at_.members.follow(kinds, kListPatience, stop);
}

sync::LiveSet Reconciler::snapshot(const sync::DesiredSet& set) {
  auto live = at_.members.snapshot(set);
  free_orphans(live, set.part_of, [this](const auto& part_of) { return owner_of(part_of); });
  return live;
}

/// What Git holds has its resource again soon, whoever deleted that.
std::optional<std::string> Reconciler::owner_of(const std::string& part_of) const {
  auto parent = at_.resources.parent_of(part_of);
  return parent ? parent : at_.registry.name_of(part_of);
}

void Reconciler::name_owners(sync::Plan& plan, const sync::LiveSet& live, const std::string& name) {
  controller::name_owners(
      plan, live, name, [this](const auto& part_of) { return owner_of(part_of); },
      [this](const auto& part_of) { return parents_.find(part_of); });
}

}  // namespace reconciler::controller
