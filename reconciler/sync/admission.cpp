#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "health/json_view.h"
#include "object/kind_order.h"
#include "sync/attempts.h"
#include "sync/execution.h"

namespace reconciler::sync {
namespace {

using Indexes = std::vector<std::size_t>;

bool is_namespace(const GroupKind& type) { return type.group.empty() && type.kind == "Namespace"; }

class Admitter {
 public:
  Admitter(const DesiredSet& set, const Plan& plan, kube::Cluster& cluster, const Effort& effort, std::stop_token stop)
      : set_(set), plan_(plan), cluster_(cluster), effort_(effort), stop_(std::move(stop)) {
    admission_.plan = &plan;
  }

  Result<Admission> run() {
    TRY(const auto steps, tryable());
    const auto others = std::stable_partition(steps_.begin(), steps_.end(),
                                              [&](std::size_t i) { return brings_others(plan_.steps[i].key.type); });
    TRY_VOID(try_all(Indexes(steps_.begin(), others)));
    TRY_VOID(try_all(Indexes(others, steps_.end())));
    add_blocked();
    TRY_VOID(verdict(attempts_, steps + plan_.count(Action::kBlocked), "nothing was changed"));
    return std::move(admission_);
  }

 private:
  /// The steps that can be tried now: those whose kind the cluster serves. Returns how many there are.
  Result<std::size_t> tryable() {
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      const Step& step = plan_.steps[i];
      if (!step.applies()) continue;
      const auto served = cluster_.resource(step.key.type, std::string(version_of(step.api_version)));
      if (!served && served.error().kind != ErrorKind::kNotFound) return fail(served.error());
      if (served) steps_.push_back(i);
    }
    return steps_.size();
  }

  Status try_all(const Indexes& indexes) {
    std::vector<kube::ApplyRequest> requests;
    for (const auto i : indexes) requests.push_back(request_for(*plan_.steps[i].desired));
    auto answers = cluster_.apply_all(requests, effort_.concurrency, stop_);
    for (std::size_t n = 0; n < indexes.size(); ++n) {
      if (answers[n]) {
        accept(indexes[n], *answers[n]);
      } else if (const Desired& desired = *plan_.steps[indexes[n]].desired;
                 !is_shadowed(desired, requests[n], answers[n].error())) {
        attempts_.failed(desired, std::move(answers[n]).error());
      }
    }
    return {};
  }

  kube::ApplyRequest request_for(const Desired& desired) const {
    return missing_namespaces_.count(desired.key.namespace_) != 0
               ? trial_request(set_, desired, effort_.trial_namespace)
               : apply_request(set_, desired, "", kube::DryRun::kYes);
  }

  void accept(std::size_t index, const Json& answer) {
    const Step& step = plan_.steps[index];
    admission_.fields[index] = owned_fields_digest(answer);
    // A dry-run that would create its object answers without a resource version.
    const bool is_new = health::text(answer, {"metadata", "resourceVersion"}).empty();
    if (is_new && is_namespace(step.key.type)) missing_namespaces_.insert(step.key.name);
  }

  /// Whether the refusal of a trial may be due to another object that has the name in the trial namespace.
  /// The step is then left to be tried in its own namespace, once that exists.
  bool is_shadowed(const Desired& desired, const kube::ApplyRequest& request, const Error& error) {
    const bool is_trial = request.key != desired.key;
    if (!is_trial || (error.kind != ErrorKind::kRejected && error.kind != ErrorKind::kConflict)) return false;
    return cluster_.get(request.key, request.api_version, kube::Projection::kMetadata).has_value();
  }

  void add_blocked() {
    for (const Step& step : plan_.steps) {
      if (step.action != Action::kBlocked) continue;
      attempts_.failed(*step.desired, Error{ErrorKind::kConflict, step.reason + ": remove it there first", {}});
    }
  }

  const DesiredSet& set_;
  const Plan& plan_;
  kube::Cluster& cluster_;
  const Effort& effort_;
  std::stop_token stop_;

  Indexes steps_;
  std::set<std::string> missing_namespaces_;
  Attempts attempts_;
  Admission admission_;
};

}  // namespace

Result<Admission> admit(const DesiredSet& set, const Plan& plan, kube::Cluster& cluster, const Effort& effort,
                        std::stop_token stop) {
  return Admitter(set, plan, cluster, effort, std::move(stop)).run();
}

}  // namespace reconciler::sync
