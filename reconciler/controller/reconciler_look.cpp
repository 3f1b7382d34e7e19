// The part of a reconciliation that only looks: at what is there, at what a suspension leaves alone, and at what a
// commit that failed has not changed.
#include "controller/revisions.h"
#include "controller/round.h"

namespace reconciler::controller {
namespace {

std::set<std::string> workload_namespaces(const sync::DesiredSet& set) {
  std::set<std::string> namespaces;
  for (const auto& desired : set.objects) {
    const bool is_claim = desired.key.type == GroupKind{"", "PersistentVolumeClaim"};
    if (is_claim || health::has_pods(desired.key.type)) namespaces.insert(desired.key.namespace_);
  }
  return namespaces;
}

/// Whether the commit cannot even be compared with what lives.
bool says_nothing(const Failure& failure) {
  const bool is_forbidden = failure.stage == Stage::kCluster && failure.error.kind == ErrorKind::kForbidden;
  return failure.stage == Stage::kBuild || failure.stage == Stage::kPlan || is_forbidden;
}

bool is_missing(const ObjectStatus& object) { return object.health == HealthStatus::kMissing; }

}  // namespace

void Reconciler::follow_health(const sync::DesiredSet& set, const Environment& environment) {
  at_.members.use_rules(set.part_of, environment.health_rules);
  at_.members.follow_pods(set.part_of, workload_namespaces(set));
}

sync::LiveSet Reconciler::observe(Round& round, sync::DesiredSet& set) {
  round.findings.look_again = at_.members.look_at_pods(set.part_of);
  auto live = snapshot(set);
  add_strangers(round, live);
  autoscalers_.leave_replicas(round.name(), round.head().id, live, at_.cluster, set);
  return live;
}

std::optional<Failure> Reconciler::look_on(Round& round, sync::DesiredSet& set, const std::string& commit) {
  Findings& findings = round.findings;
  follow_health(set, findings.environment);
  if (auto followed = follow(set, round.name(), round.stop); !followed) {
    return failure_at(Stage::kCluster, std::move(followed).error());
  }
  const auto live = observe(round, set);
  sync::Policy policy;
  policy.prune = findings.environment.prune;
  policy.shared = needed_by_others(round.name(), live);
  auto plan = sync::make_plan(set, live, policy);
  name_owners(plan, live, round.name());
  take_down(round, plan, live, commit);
  findings.in_sync = all_in_sync(findings.objects);
  findings.planned = true;
  return std::nullopt;
}

void Reconciler::tell_of_applied(Round& round, const Failure& failure) {
  Findings& findings = round.findings;
  const auto resource = at_.resources.find(round.name());
  if (!says_nothing(failure) || failure.error.kind == ErrorKind::kUnavailable) return;
  if (!resource || !findings.source.head || before(round.name()).applied.empty()) return;
  auto set = applied_set(*resource, round.name());
  // Where it cannot be read any more, what was told of it stays.
  if (!set) return;
  sync::leave_to_others(*set, findings.environment.ignore);
  look_on(round, *set, before(round.name()).applied);
}

void Reconciler::take_down(Round& round, const sync::Plan& plan, const sync::LiveSet& live,
                           const std::string& commit) const {
  auto& objects = round.findings.objects;
  objects = object_statuses(plan, live, std::make_shared<const std::string>(commit));
  const auto told = at_.statuses.objects(round.name());
  if (told && has_untraced(objects)) carry_revisions(*told, objects);
  const auto past = before(round.name());
  if (past.applied.empty() || past.applied == round.head().id) return;
  std::set<ObjectKey> known;
  if (told) {
    for (const auto& object : *told) {
      if (!is_missing(object) || !object.is_new) known.insert(object.key);
    }
  }
  for (auto& object : objects) object.is_new = is_missing(object) && known.count(object.key) == 0;
}

void Reconciler::trace(Round& round) {
  if (!round.findings.planned) return;
  if (round.findings.in_sync) {
    const std::scoped_lock lock(mutex_);
    looked_back_.erase(round.name());
    return;
  }
  for (const auto& commit : round.earlier) {
    if (has_untraced(round.findings.objects)) look_back(round, commit);
  }
}

void Reconciler::look_back(Round& round, const std::string& commit) {
  const auto resource = at_.resources.find(round.name());
  if (!resource || commit.empty() || commit == round.head().id) return;
  {
    const std::scoped_lock lock(mutex_);
    if (!looked_back_[round.name()].insert(commit).second) return;
  }
  // The head's rendering is kept, so that what it took from remotes stays what it is.
  const auto aside = round.name() + " at " + commit;
  auto set = set_at(commit, *resource, round.name(), aside);
  at_.renderer.forget(aside);
  if (!set && set.error().kind == ErrorKind::kUnavailable) {
    const std::scoped_lock lock(mutex_);
    looked_back_[round.name()].erase(commit);
  }
  if (!set) return;
  sync::leave_to_others(*set, round.findings.environment.ignore);
  find_revisions(set->objects, commit, round.findings.objects);
}

Result<sync::DesiredSet> Reconciler::applied_set(const Resource& resource, const std::string& name) {
  return set_at(before(name).applied, resource, name, name);
}

Result<sync::DesiredSet> Reconciler::set_at(const std::string& commit, const Resource& resource,
                                            const std::string& name, const std::string& kept_as) {
  const auto& url = resource.source.repository.empty() ? at_.repository : resource.source.repository;
  TRY(const auto tree, at_.sources.tree(url, commit));
  TRY(const auto rendering, at_.renderer.render(kept_as, *tree, resource.source.path, false));
  TRY(auto set, sync::place(manifests_of(rendering), part_of(name),
                            resource.namespace_.empty() ? "default" : resource.namespace_, at_.cluster));
  set.account = resource.account;
  return set;
}

}  // namespace reconciler::controller
