#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "base/memory.h"
#include "controller/backoff.h"
#include "controller/round.h"
#include "controller/sync_id.h"

namespace reconciler::controller {
namespace {

constexpr Duration kFirstRetry = std::chrono::seconds(1);
constexpr Duration kLongestRetry = std::chrono::minutes(5);

/// How many times as long as a try that failed the news of its objects waits: those that fail take a tenth of a worker.
constexpr int kRest = 9;

/// Work on so many objects leaves so much memory behind that giving it back is worth taking it again the next time.
constexpr std::size_t kLarge = 2000;

/// Only a new commit, or a word of somebody, can mend it.
bool is_settled(const Failure& failure) {
  if (failure.stage == Stage::kPrune) return true;
  return (failure.stage == Stage::kBuild || failure.stage == Stage::kFile) && failure.error.kind == ErrorKind::kInvalid;
}

/// Those that its objects may be at.
std::vector<std::string> commits_of(const EnvironmentStatus& status) {
  return {status.applied, status.last_sync ? status.last_sync->revision : ""};
}

Error no_such_path(const Environment& environment) {
  return {ErrorKind::kInvalid,
          "there is no folder '" + environment.source.path + "' on branch " + environment.source.branch +
              " (spec.source.path of environment " + environment.name + ")",
          {}};
}

}  // namespace

Error defect_of(const std::exception& thrown) {
  const std::string text = thrown.what();
  return {ErrorKind::kInternal,
          "a defect of the service, please report it: " + text.substr(0, text.find("; last read")),
          {}};
}

void Reconciler::supersede(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  if (const auto running = running_.find(name); running != running_.end()) running->second.request_stop();
}

void Reconciler::note_push(const std::string& name, const std::string& commit) {
  const std::scoped_lock lock(mutex_);
  auto& push = pushes_[name];
  if (push.commit != commit) push = {commit, at_.clock.steady()};
}

void Reconciler::measure_push(const Findings& findings) {
  if (!findings.in_sync || findings.failure || !findings.source.head) return;
  const std::scoped_lock lock(mutex_);
  const auto push = pushes_.find(findings.environment.name);
  if (push == pushes_.end() || push->second.commit != findings.source.head->id) return;
  at_.metrics.went_live(since(push->second.came));
  pushes_.erase(push);
}

std::string Reconciler::request(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  const auto [waiting, is_new] = requests_.try_emplace(name, make_sync_id());
  if (is_new) at_.resources.ask_resync(name, waiting->second);
  return waiting->second;
}

std::string Reconciler::take_request(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  requests_.erase(name);
  return at_.resources.asked_resync(name);
}

void Reconciler::answer_request(Round& round) {
  autoscalers_.forget(round.name());
  const std::scoped_lock lock(mutex_);
  strangers_.erase(round.name());
  auto& [asked, id] = answering_[round.name()];
  if (asked != round.resync) id = sync_id_for(round.resync);
  asked = round.resync;
  round.request = id;
}

bool Reconciler::owes_resync(const std::string& name) const {
  const auto asked = at_.resources.asked_resync(name);
  return !asked.empty() && asked != before(name).resync;
}

std::optional<Duration> Reconciler::reconcile(const std::string& name, const std::stop_token& stop) {
  std::stop_source running;
  const std::stop_callback relay(stop, [&running] { running.request_stop(); });
  {
    const std::scoped_lock lock(mutex_);
    running_[name] = running;
  }
  const auto began = at_.clock.steady();
  const auto next = look(name, running.get_token());
  const auto took = since(began);
  at_.metrics.stage("total", took);
  if (const auto objects = at_.statuses.objects(name); objects && objects->size() >= kLarge) release_unused_memory();
  const std::scoped_lock lock(mutex_);
  running_.erase(name);
  if (const auto failing = failures_.find(name); failing != failures_.end()) {
    failing->second.rests_until = at_.clock.steady() + kRest * took;
  }
  return next;
}

SteadyTime Reconciler::rests_until(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  const auto failing = failures_.find(name);
  return failing == failures_.end() ? SteadyTime{} : failing->second.rests_until;
}

Reconciler::Next Reconciler::look(const std::string& name, const std::stop_token& stop) {
  const auto entry = at_.registry.find(name);
  if (!entry) return retire(name, stop);
  if (entry->environment) return keep(*entry->environment, entry->bad, stop);
  Environment unknown;
  unknown.name = name;
  tell_unread(unknown, entry->bad);
  return std::nullopt;
}

Reconciler::Next Reconciler::keep(const Environment& environment, const std::optional<Error>& bad,
                                  const std::stop_token& stop) {
  auto id = make_sync_id();  // Before the request is taken: what is asked for afterwards has a later one.
  Round round{{}, stop, {}, std::move(id), {}, {}, "", take_request(environment.name)};
  Findings& findings = round.findings;
  findings.environment = environment;
  if (!round.resync.empty() && round.resync != before(environment.name).resync) answer_request(round);
  const auto& url = environment.source.repository.empty() ? at_.repository : environment.source.repository;
  findings.source = at_.sources.view(url, environment.source.branch);
  findings.suspension = suspension(environment);
  round.earlier = commits_of(before(environment.name));
  findings.failure = attempt(round);
  if (findings.failure && findings.failure->error.kind == ErrorKind::kCancelled) {
    // Newer work took its place, or the service ends.
    at_.metrics.reconciled(environment.name, "stopped");
    return std::nullopt;
  }
  const bool is_out_of_reach = is_outage(findings.failure) && is_kept_from(*findings.failure);
  if (round.request && !findings.suspension && findings.source.head && !is_out_of_reach) begin_sync(round);
  if (findings.failure && findings.failure->error.kind != ErrorKind::kUnavailable && findings.source.head &&
      is_under_way(before(environment.name).last_sync)) {
    begin_sync(round);
  }
  if (findings.failure && round.set) run_sync_fail(round, *round.set);
  const bool tries_again = findings.failure && !is_settled(*findings.failure);
  // Whatever its former words lead to: what Git says of it now has to be mended first.
  if (bad && !is_outage(findings.failure)) findings.failure = failure_at(Stage::kFile, *bad);
  if (findings.sync && !findings.syncing) finish_sync(round);
  publish(findings);
  measure_push(findings);
  if (findings.planned && !findings.failure) findings.look_again = next_look(round);
  return next_try(findings, tries_again);
}

SteadyTime Reconciler::next_look(const Round& round) {
  const auto now = at_.clock.steady();
  auto due = verification(round.name()).due;
  // What is due and was not done waits for the rest of the sync.
  if (due <= now) due = now + at_.verify_interval;
  if (round.truce_over) due = std::min(due, *round.truce_over);
  return std::min(due, round.findings.look_again.value_or(due));
}

std::optional<Failure> Reconciler::attempt(Round& round) try {
  auto failure = bring(round);
  if (failure) tell_of_applied(round, *failure);
  if (!failure || failure->error.kind != ErrorKind::kCancelled) trace(round);
  return failure;
} catch (const std::exception& thrown) {
  const auto defect = defect_of(thrown);
  spdlog::error("environment {}: {}", round.name(), defect.message);
  round.findings.syncing = false;
  return failure_at(Stage::kCluster, defect);
}

std::optional<Failure> Reconciler::bring(Round& round) {
  const Environment& environment = round.findings.environment;
  const auto resource = at_.resources.find(environment.name);
  if (auto trouble = resource ? at_.members.trouble(resource->scope.kinds) : std::nullopt) {
    return failure_at(Stage::kCluster, *std::move(trouble));
  }
  if (auto listed = at_.resources.wait_listed(kListPatience, round.stop); !listed) {
    return failure_at(Stage::kCluster, std::move(listed).error());
  }
  std::optional<sync::DesiredSet> set;
  auto unread = round.findings.source.head ? read(round, set) : std::nullopt;
  const auto scope = set ? scope_of(*set) : sync::ApplySetScope{};
  if (auto ensured = at_.resources.ensure(environment, scope); !ensured) {
    return failure_at(Stage::kCluster, std::move(ensured).error());
  }
  round.findings.suspension = suspension(environment);
  if (unread || !set) return unread;
  if (round.findings.suspension) return look_on(round, *set, round.head().id);
  round.set = *std::move(set);
  return converge(round, *round.set);
}

std::optional<Failure> Reconciler::read(Round& round, std::optional<sync::DesiredSet>& read) {
  const Environment& environment = round.findings.environment;
  const auto& url = environment.source.repository.empty() ? at_.repository : environment.source.repository;
  const auto tree = at_.sources.tree(url, round.head().id);
  if (!tree) return failure_at(Stage::kSource, tree.error());
  const auto there = (*tree)->kind(environment.source.path);
  if (there && !*there) return failure_at(Stage::kBuild, no_such_path(environment));
  const auto began = at_.clock.steady();
  auto rendering = at_.renderer.render(environment.name, **tree, environment.source.path, round.request.has_value());
  if (!rendering) return failure_at(Stage::kBuild, std::move(rendering).error());
  round.findings.notes = (*rendering)->notes();
  at_.metrics.stage("render", since(began));

  const auto default_namespace = environment.namespace_.empty() ? "default" : environment.namespace_;
  auto set = sync::place(manifests_of(*rendering), part_of(environment.name), default_namespace, at_.cluster);
  if (!set) return failure_at(Stage::kPlan, set.error());
  sync::leave_to_others(*set, environment.ignore);
  set->account = account_of(environment.service_account, environment.namespace_);
  read = *std::move(set);
  return std::nullopt;
}

void Reconciler::tell_unread(const Environment& environment, const std::optional<Error>& bad) {
  Findings findings;
  findings.environment = environment;
  findings.source = at_.sources.view(at_.repository, at_.branch);
  findings.suspension = before(environment.name).suspension;
  if (bad) findings.failure = failure_at(Stage::kFile, *bad);
  publish(findings);
}

bool Reconciler::still_holds(const EnvironmentStatus& past, const Findings& findings) {
  if (findings.failure || findings.source.error || past.suspension != findings.suspension) return false;
  const bool is_unread = !findings.source.looked || (findings.source.head && !at_.registry.is_loaded());
  const std::scoped_lock lock(mutex_);
  return is_unread && !past.conditions.empty() && failures_.count(past.name) == 0;
}

void Reconciler::forget(const std::string& name) {
  at_.statuses.erase(name);
  at_.events.add_gone(name);
  at_.renderer.forget(name);
  at_.members.use_rules(part_of(name), {});
  at_.members.follow_pods(part_of(name), {});
  at_.members.parent_gone(part_of(name));
  at_.metrics.forget(name);
  const std::scoped_lock lock(mutex_);
  requests_.erase(name);
  strangers_.erase(name);
  verifications_.erase(name);
  contests_.forget(name);
  autoscalers_.forget(name);
  failures_.erase(name);
  pushes_.erase(name);
  looked_back_.erase(name);
  answering_.erase(name);
}

EnvironmentStatus Reconciler::before(const std::string& name) const {
  if (const auto known = at_.statuses.find(name)) return *known;
  const auto resource = at_.resources.find(name);
  return resource && at_.resources.is_ours(*resource) ? resource->status : EnvironmentStatus{};
}

std::optional<Suspension> Reconciler::suspension(const Environment& environment) const {
  if (const auto resource = at_.resources.find(environment.name); resource && resource->suspension) {
    return resource->suspension;
  }
  if (!environment.suspend) return std::nullopt;
  const auto past = before(environment.name).suspension;
  const auto now = std::chrono::floor<std::chrono::seconds>(at_.clock.wall());
  return Suspension{"Git", "`suspend: true` in its file", past && past->in_git ? past->since : now, true};
}

std::chrono::nanoseconds Reconciler::since(SteadyTime time) const { return at_.clock.steady() - time; }

void Reconciler::publish(const Findings& findings) {
  const auto& name = findings.environment.name;
  const bool is_first = at_.statuses.find(name) == nullptr;
  const auto past = before(name);
  const auto now = at_.clock.wall();
  const bool holds = still_holds(past, findings);
  auto status = std::make_shared<const EnvironmentStatus>(holds ? past : make_status(findings, past, now));
  at_.statuses.put(status,
                   findings.planned ? std::make_shared<const std::vector<ObjectStatus>>(findings.objects) : nullptr);
  if (is_first || !(past == *status)) {
    const auto happened = transitions(past, *status);
    at_.metrics.environment(*status, at_.statuses.objects(name).get());
    at_.events.add(*status, happened, now);
    at_.resources.announce(name, happened);
    spdlog::info("environment {}: {} {} {}{}", name, to_string(status->sync), health::to_string(status->health),
                 status->applied.substr(0, 12), status->message.empty() ? "" : " " + status->message);
  }
  if (!holds) at_.resources.publish(status);
}

Reconciler::Next Reconciler::time_until(const std::optional<SteadyTime>& due) const {
  if (!due) return std::nullopt;
  return std::max(Duration(0), std::chrono::ceil<Duration>(*due - at_.clock.steady()));
}

Reconciler::Next Reconciler::next_try(const Findings& findings, bool tries_again) {
  const auto& name = findings.environment.name;
  const std::scoped_lock lock(mutex_);
  if (!findings.failure) {
    failures_.erase(name);
    at_.metrics.reconciled(name, findings.sync ? "changed" : "synced");
    return time_until(findings.look_again);
  }
  at_.metrics.reconciled(name, "failed");
  if (!tries_again) return time_until(findings.look_again);
  Failures& failures = failures_[name];
  const auto head = findings.source.head ? findings.source.head->id : "";
  if (failures.head != head) failures = {head, 0};
  return backoff(++failures.count, kFirstRetry, is_outage(findings.failure) ? kLongestOutageRetry : kLongestRetry);
}

}  // namespace reconciler::controller
