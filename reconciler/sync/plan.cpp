#include "sync/plan.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <tuple>

#include "object/kind_order.h"
#include "sync/names.h"
#include "sync/turns.h"

namespace reconciler::sync {
namespace {

Step step_for(const Desired& desired, Action action, std::string reason, const LiveMember* live) {
  if (!desired.note.empty()) reason += (reason.empty() ? "" : "; ") + desired.note;
  return {
      desired.key, action, std::move(reason), &desired, live == nullptr ? "" : live->uid, desired.manifest->api_version,
      ""};
}

/// Whether an object that somebody took away stays away. One that is made once may live without our mark: making it is
/// how that is found out.
bool stays_away(const Desired& desired, const Policy& policy) {
  return !policy.self_heal && !policy.in_order && desired.directives.mode != ApplyMode::kIfNotPresent;
}

Step step_for_missing(const Desired& desired, const Policy& policy) {
  if (policy.contested.count(desired.key) != 0)
    return step_for(desired, Action::kTolerate, "is deleted each time that it is made; left for a while", nullptr);
  if (stays_away(desired, policy)) {
    const std::string reason = std::string("was deleted in the cluster, or lost its label ") + kPartOfLabel + " there";
    return step_for(desired, Action::kTolerate, reason + "; selfHeal is off", nullptr);
  }
  return step_for(desired, Action::kCreate, "does not exist yet", nullptr);
}

std::string held(const LiveMember& live) {
  return live.held_by.empty() ? "" : ", held by its finalizer " + live.held_by;
}

Step step_for(const DesiredSet& set, const Desired& desired, const LiveMember* live, const Policy& policy) {
  if (desired.directives.mode == ApplyMode::kIgnore)
    return step_for(desired, Action::kSkip, "apply: Ignore leaves it alone", live);
  if (live == nullptr) return step_for_missing(desired, policy);
  const bool is_ours = live->part_of == set.part_of;
  if (desired.directives.mode == ApplyMode::kIfNotPresent && !live->being_deleted) {
    return step_for(desired, Action::kSkip, kLeftAlone, live);
  }
  if (!live->part_of.empty() && !is_ours) {
    return step_for(desired, Action::kBlocked, "belongs to ApplySet " + live->part_of, live);
  }
  if (live->being_deleted) {
    const std::string then = stays_away(desired, policy) ? "; selfHeal is off" : "; made again when it is gone";
    return step_for(desired, Action::kWait, "is being deleted" + held(*live) + then, live);
  }
  if (live->part_of.empty() && stays_away(desired, policy)) {
    return step_for(desired, Action::kTolerate, "was taken out of the environment in the cluster; selfHeal is off",
                    live);
  }
  if (live->part_of.empty()) return step_for(desired, Action::kAdopt, Origin{}.text(), live);
  if (live->digest != desired.digest) return step_for(desired, Action::kChange, "changed in Git", live);
  const bool has_drifted = live->drifted() || policy.different.count(desired.key) != 0;
  if (has_drifted && policy.contested.count(desired.key) != 0) {
    return step_for(desired, Action::kTolerate, "is changed each time that it is put back; left for a while", live);
  }
  if (has_drifted && !policy.self_heal) {
    return step_for(desired, Action::kTolerate, "was changed in the cluster; selfHeal is off", live);
  }
  if (has_drifted) return step_for(desired, Action::kRevert, "was changed in the cluster", live);
  if (policy.apply_all) return step_for(desired, Action::kChange, "a resync was asked for", live);
  return step_for(desired, Action::kKeep, "", live);
}

/// Controllers copy the labels of what they act for onto what they make of it, as the one of Endpoints does with those
/// of a Service: what has no field of ours was never applied by us, and is not ours to prune. (Neither is what lost its
/// managed fields by hand before it left Git: nothing tells the two apart.)
bool has_left(const DesiredSet& desired, const LiveMember& live) {
  return live.part_of == desired.part_of && !live.owned_fields.empty() && desired.find(live.key) == nullptr;
}

/// Kinds whose deletion takes more with it than the object: namespaces, definitions and volume claims.
bool holds_data(const GroupKind& type) {
  return brings_others(type) || (type.group.empty() && type.kind == "PersistentVolumeClaim");
}

Step step_for_leftover(const LiveMember& live, const Policy& policy) {
  Step step{live.key, Action::kPrune, "is no longer in Git", nullptr, live.uid, live.api_version, ""};
  step.is_confirmed = live.prune == kPruneConfirmed;
  if (live.being_deleted) {
    step.action = Action::kWait;
    step.reason = "is no longer in Git and being deleted" + held(live);
  } else if (!policy.prune) {
    step.action = Action::kRetain;
    step.reason = "is no longer in Git; prune is off for this environment";
  } else if (!live.prune.empty() && !step.is_confirmed) {
    // Git takes no other word than `disabled`, but it may have been written by hand: whoever did wants no deletion.
    step.action = Action::kRetain;
    step.reason =
        std::string("is no longer in Git; its annotation ") + kPruneAnnotation + ": " + live.prune + " keeps it";
  } else if (const auto shared = policy.shared.find(live.key); shared != policy.shared.end()) {
    step.action = Action::kRetain;
    step.reason = "is no longer in Git; kept, since objects of environment '" + shared->second + "' stand on it";
  } else if (policy.protect && holds_data(live.key.type) && !step.is_confirmed && policy.unused.count(live.key) == 0) {
    step.action = Action::kRetain;
    step.reason =
        "is no longer in Git; kept, since all that it holds would go with it: "
        "annotate it in Git with gitops.spira.dev/prune: confirmed before it leaves, or delete it by hand";
  }
  return step;
}

/// A namespace takes all that lives in it with it, thus what is kept there, too.
void keep_namespaces(Plan& plan) {
  std::map<std::string, const ObjectKey*> kept;
  for (const auto& step : plan.steps) {
    if (step.action == Action::kRetain) kept.emplace(step.key.namespace_, &step.key);
  }
  for (auto& step : plan.steps) {
    if (step.action != Action::kPrune || !is_namespace(step.key.type) || kept.count(step.key.name) == 0) continue;
    step.action = Action::kRetain;
    step.reason = "is no longer in Git; kept, since " + kept.at(step.key.name)->text() + " in it is kept";
  }
}

}  // namespace

const char* to_string(Action action) {
  switch (action) {
    case Action::kKeep:
      return "keep";
    case Action::kCreate:
      return "create";
    case Action::kAdopt:
      return "adopt";
    case Action::kReplace:
      return "replace";
    case Action::kSkip:
      return "skip";
    case Action::kChange:
      return "change";
    case Action::kRevert:
      return "revert";
    case Action::kTolerate:
      return "tolerate";
    case Action::kWait:
      return "wait";
    case Action::kPrune:
      return "prune";
    case Action::kRetain:
      return "retain";
    case Action::kBlocked:
      return "blocked";
  }
  return "keep";
}

bool Step::applies() const {
  return action == Action::kCreate || action == Action::kAdopt || action == Action::kChange ||
         action == Action::kReplace || action == Action::kRevert;
}

std::size_t Plan::count(Action action) const {
  return static_cast<std::size_t>(
      std::count_if(steps.begin(), steps.end(), [action](const Step& step) { return step.action == action; }));
}

std::size_t Plan::held() const {
  return static_cast<std::size_t>(
      std::count_if(steps.begin(), steps.end(), [](const Step& step) { return step.is_held(); }));
}

bool Plan::nothing_to_do() const {
  return std::none_of(steps.begin(), steps.end(),
                      [](const Step& step) { return step.writes() || step.action == Action::kBlocked; });
}

bool Plan::only_waits() const {
  return !nothing_to_do() && std::all_of(steps.begin(), steps.end(), [](const Step& step) {
    return (step.is_held() || !step.writes()) && step.action != Action::kBlocked;
  });
}

Plan make_plan(const DesiredSet& desired, const LiveSet& live, const Policy& policy) {
  Plan plan;
  plan.steps.reserve(desired.objects.size());
  for (const auto& each : desired.objects) {
    const auto found = live.find(each.key);
    plan.steps.push_back(step_for(desired, each, found == live.end() ? nullptr : found->second.get(), policy));
  }
  const auto leftovers = static_cast<std::ptrdiff_t>(plan.steps.size());
  for (const auto& [key, member] : live) {
    if (has_left(desired, *member)) plan.steps.push_back(step_for_leftover(*member, policy));
  }
  const auto order = [&live](const Step& step) {
    const std::int64_t wave = live.at(step.key)->wave;  // The least of its type has no opposite there.
    return std::make_tuple(-wave, -apply_rank(step.key.type), std::cref(step.key));
  };
  std::sort(plan.steps.begin() + leftovers, plan.steps.end(),
            [&order](const Step& a, const Step& b) { return order(a) < order(b); });
  keep_namespaces(plan);
  hold_back(plan, live, policy);
  return plan;
}

}  // namespace reconciler::sync
