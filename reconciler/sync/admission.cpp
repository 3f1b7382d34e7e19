#include <algorithm>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "health/json_view.h"
#include "object/kind_order.h"
#include "sync/attempts.h"
#include "sync/execution.h"
#include "sync/immutable.h"
#include "sync/left_fields.h"
#include "sync/roles.h"
#include "sync/schema_check.h"

namespace reconciler::sync {
namespace {

using Indexes = std::vector<std::size_t>;

/// A dry-run that would create its object answers without a resource version.
bool lives(const Json& answer) { return !health::text(answer, {"metadata", "resourceVersion"}).empty(); }

class Admitter {
 public:
  Admitter(const DesiredSet& set, Plan& plan, kube::Cluster& cluster, const Effort& effort, std::stop_token stop)
      : set_(set), plan_(plan), cluster_(cluster), effort_(effort), stop_(std::move(stop)) {
    admission_.plan = &plan;
  }

  Result<Admission> run() {
    TRY(const auto steps, tryable());
    const auto others = std::stable_partition(steps_.begin(), steps_.end(),
                                              [&](std::size_t i) { return brings_others(plan_.steps[i].key.type); });
    TRY_VOID(try_all(Indexes(steps_.begin(), others)));
    TRY_VOID(try_all(Indexes(others, steps_.end())));
    const auto hooks = try_hooks();
    add_blocked();
    plan_.refused = attempts_.refusals();
    TRY_VOID(verdict(attempts_, steps + hooks + plan_.count(Action::kBlocked), "nothing was changed by this attempt"));
    tell_plan();
    return std::move(admission_);
  }

 private:
  /// The steps that can be tried now: those whose kind the cluster serves as the set says. Those whose definition
  /// comes, or changes, with the set are checked against that one. Returns how many steps there are.
  Result<std::size_t> tryable() {
    const auto coming = coming_definitions();
    std::size_t count = 0;
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      const Step& step = plan_.steps[i];
      if (!step.applies()) continue;
      if (const auto definition = coming.find(step.key.type); definition != coming.end()) {
        ++count;
        check(*step.desired, definition->second);
        continue;
      }
      const auto served = cluster_.resource(step.key.type, std::string(version_of(step.api_version)));
      if (!served && served.error().kind != ErrorKind::kNotFound) return fail(served.error());
      if (served) steps_.push_back(i);
    }
    return count + steps_.size();
  }

  std::map<GroupKind, Json> coming_definitions() const {
    std::map<GroupKind, Json> coming;
    for (const Step& step : plan_.steps) {
      if (!step.applies() || !is_definition(step.key.type)) continue;
      coming.emplace(defined_kind(*step.desired->manifest), step.desired->manifest->parse());
    }
    return coming;
  }

  void check(const Desired& desired, const Json& definition) {
    auto causes = check_schema(desired.manifest->parse(), definition);
    if (causes.empty()) return;
    attempts_.failed(desired, Error{ErrorKind::kRejected, "does not fit its definition", std::move(causes)});
  }

  Status try_all(const Indexes& indexes) {
    std::vector<kube::ApplyRequest> requests;
    for (const auto i : indexes) {
      TRY(auto request, request_for(plan_.steps[i]));
      requests.push_back(std::move(request));
    }
    std::map<std::size_t, Error> refused;  // In the order of the steps, whatever order they came in.
    cluster_.apply_all(requests, effort_.concurrency, stop_, [&](std::size_t n, Result<Json>&& answer) {
      if (answer) return accept(indexes[n], *answer);
      refused.emplace(n, std::move(answer).error());
    });
    for (auto& [n, error] : refused) refuse(plan_.steps[indexes[n]], requests[n], std::move(error));
    return {};
  }

  /// Returns how many were tried.
  std::size_t try_hooks() {
    std::vector<kube::ApplyRequest> requests;
    for (const auto& hook : set_.hooks) {
      const auto& namespace_ = hook.desired.key.namespace_;
      requests.push_back(trial_request(set_, hook, is_to_come(namespace_) ? effort_.trial_namespace : namespace_));
    }
    auto answers = cluster_.apply_all(requests, effort_.concurrency, stop_);
    for (std::size_t n = 0; n < requests.size(); ++n) {
      const Desired& desired = set_.hooks[n].desired;
      if (answers[n] || is_forbidden_elsewhere(desired, requests[n], answers[n].error())) continue;
      attempts_.failed(desired, std::move(answers[n]).error());
    }
    return requests.size();
  }

  bool is_to_come(const std::string& namespace_) const { return missing_namespaces_.count(namespace_) != 0; }

  Result<kube::ApplyRequest> request_for(const Step& step) const {
    const Desired& desired = *step.desired;
    auto request = is_to_come(desired.key.namespace_) ? trial_request(set_, desired, effort_.trial_namespace)
                                                      : apply_request(set_, desired, "", kube::DryRun::kYes);
    if (desired.directives.ignore.empty()) {
      // Then the owners are all that is looked at.
      request.projection = kube::Projection::kMetadata;
      return request;
    }
    if (request.key != desired.key || step.uid.empty()) return request;
    const auto live = cluster_.get(request.key, request.api_version, kube::Projection::kFull);
    if (!live && live.error().kind != ErrorKind::kNotFound) return fail(live.error());
    if (live) request.body = with_live_values(desired.directives.ignore, Json::parse(request.body), *live).dump();
    return request;
  }

  void refuse(const Step& step, const kube::ApplyRequest& request, Error error) {
    if (is_of_the_place(*step.desired, request, error) || waits_for_role(*step.desired, error)) return;
    if (is_immutable(error)) return replace(step, std::move(error));
    attempts_.failed(*step.desired, std::move(error));
  }

  void accept(std::size_t index, const Json& answer) {
    const Step& step = plan_.steps[index];
    if (is_namespace(step.key.type) && !lives(answer)) missing_namespaces_.insert(step.key.name);
    note_trial(step, answer);
  }

  Trial& note_trial(const Step& step, const Json& answer) {
    return admission_.trials[step.key] = trial_of(step, answer);
  }

  /// The API server takes the object for a new one only. Whether it would take that is tried before anything goes.
  void replace(const Step& step, Error error) {
    if (!step.desired->directives.replace) return attempts_.failed(*step.desired, with_advice(std::move(error)));
    const auto answer = cluster_.apply(anew_request(set_, *step.desired));
    if (!answer) return attempts_.failed(*step.desired, answer.error());
    const auto uid = uid_of(step);
    if (!uid) return attempts_.failed(*step.desired, uid.error());
    Trial& trial = note_trial(step, *answer);
    trial.found = Action::kReplace;
    trial.reason = "deleted and made anew: " + error.causes.front().field + " is immutable";
    trial.uid = *uid;
  }

  /// Of no object that belongs to nobody a watch tells.
  Result<std::string> uid_of(const Step& step) const {
    if (!step.uid.empty()) return step.uid;
    TRY(const auto live, cluster_.get(step.key, step.api_version, kube::Projection::kMetadata));
    return health::text(live, {"metadata", "uid"});
  }

  void tell_plan() {
    for (Step& step : plan_.steps) {
      const auto trial = admission_.trials.find(step.key);
      if (step.applies() && trial != admission_.trials.end()) tell(step, trial->second);
    }
  }

  /// Whether the refusal may be due to a right, a policy or a quota of the trial namespace, where the object will not
  /// be.
  static bool is_forbidden_elsewhere(const Desired& desired, const kube::ApplyRequest& request, const Error& error) {
    return request.key.namespace_ != desired.key.namespace_ && error.kind == ErrorKind::kForbidden;
  }

  /// The same, or due to another object that has the name in the trial namespace. The step is then left to be tried in
  /// its own namespace, once that exists.
  bool is_of_the_place(const Desired& desired, const kube::ApplyRequest& request, const Error& error) {
    if (is_forbidden_elsewhere(desired, request, error)) return true;
    const bool is_trial = request.key != desired.key;
    if (!is_trial || (error.kind != ErrorKind::kRejected && error.kind != ErrorKind::kConflict)) return false;
    return cluster_.get(request.key, request.api_version, kube::Projection::kMetadata).has_value();
  }

  /// The same for a binding whose role comes, or changes, with the set.
  bool waits_for_role(const Desired& desired, const Error& error) const {
    if (!is_for_want_of_role(error)) return false;
    const auto role = bound_role(desired);
    return role && std::any_of(plan_.steps.begin(), plan_.steps.end(),
                               [&](const Step& step) { return step.applies() && step.key == *role; });
  }

  void add_blocked() {
    for (const Step& step : plan_.steps) {
      if (step.action != Action::kBlocked) continue;
      attempts_.failed(*step.desired, Error{ErrorKind::kConflict, step.reason + ": remove it there first", {}});
    }
  }

  const DesiredSet& set_;
  Plan& plan_;
  kube::Cluster& cluster_;
  const Effort& effort_;
  std::stop_token stop_;

  Indexes steps_;
  std::set<std::string> missing_namespaces_;
  Attempts attempts_;
  Admission admission_;
};

}  // namespace

Trial trial_of(const Step& step, const Json& answer) {
  const Desired& desired = *step.desired;
  const auto& ignore = desired.directives.ignore;
  const auto left = ignore.empty() ? std::vector<FieldPath>() : left_paths(ignore, desired.manifest->parse(), answer);
  Trial trial{owned_fields_digest(answer, left), paths_text(left), std::nullopt, "", ""};
  const bool is_met = step.action == Action::kCreate && lives(answer) && key_of(answer) == step.key;
  if (!is_met) return trial;
  const bool is_left_alone = desired.directives.mode == ApplyMode::kIfNotPresent;
  trial.found = is_left_alone ? Action::kSkip : Action::kAdopt;
  trial.reason = is_left_alone ? kLeftAlone : origin_of(answer).text();
  trial.uid = health::text(answer, {"metadata", "uid"});
  return trial;
}

void tell(Step& step, const Trial& trial) {
  if (!trial.found) return;
  step.action = *trial.found;
  step.reason = trial.reason;
  step.uid = trial.uid;
}

Result<Admission> admit(const DesiredSet& set, Plan& plan, kube::Cluster& cluster, const Effort& effort,
                        std::stop_token stop) {
  return Admitter(set, plan, cluster, effort, std::move(stop)).run();
}

}  // namespace reconciler::sync
