#include "sync/execution.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>

#include <nlohmann/json.hpp>

#include "base/parallel.h"
#include "object/kind_order.h"
#include "sync/attempts.h"
#include "sync/hand_over.h"
#include "sync/names.h"
#include "sync/roles.h"

namespace reconciler::sync {
namespace {

using Indexes = std::vector<std::size_t>;

/// For what was applied to hold everywhere in the API server.
constexpr Duration kSettlingPatience = std::chrono::seconds(5);
/// For an object without finalizers to go, with its dependents.
constexpr Duration kGoingPatience = std::chrono::seconds(2);

/// Sleeps until the time has passed or the stop fires. Returns false when it fired.
bool pause(Duration time, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

Status stopped() { return fail(ErrorKind::kCancelled, "the sync was stopped"); }

class Executor {
 public:
  Executor(const DesiredSet& set, Admission& admission, kube::Cluster& cluster, LiveView& live, const Effort& effort,
           std::stop_token stop)
      : set_(set),
        plan_(*admission.plan),
        trials_(admission.trials),
        cluster_(cluster),
        live_(live),
        effort_(effort),
        stop_(std::move(stop)) {}

  Execution run() {
    if (const auto status = run_steps(); !status) execution_.error = status.error();
    return std::move(execution_);
  }

 private:
  Status run_steps() {
    const bool binds = awaits_roles();
    const auto brings = [this, binds](std::size_t i) {
      const auto& type = plan_.steps[i].key.type;
      return brings_others(type) || (binds && is_role(type));
    };
    auto steps = released();
    const auto rest = std::stable_partition(steps.begin(), steps.end(), brings);
    TRY_VOID(apply_in_turn({steps.begin(), rest}));
    TRY_VOID(wait_for_definitions());
    TRY_VOID(admit_deferred());
    TRY_VOID(apply_in_turn({rest, steps.end()}));
    return prune();
  }

  /// The steps that apply now, in their order.
  Indexes released() const {
    Indexes indexes;
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      if (plan_.steps[i].applies() && !plan_.steps[i].is_held()) indexes.push_back(i);
    }
    return indexes;
  }

  /// All of one wave and rank at once.
  Status apply_in_turn(const Indexes& indexes) {
    const auto turn = [this](std::size_t i) {
      const Step& step = plan_.steps[i];
      return std::pair(step.desired->place(), apply_rank(step.key.type));
    };
    for (auto first = indexes.begin(); first != indexes.end();) {
      const auto last = std::find_if(first, indexes.end(), [&](std::size_t i) { return turn(i) != turn(*first); });
      TRY_VOID(apply({first, last}));
      first = last;
    }
    return {};
  }

  Status apply(Indexes indexes) {
    // A trial that was put off may have found that a step has nothing to apply.
    std::erase_if(indexes, [this](std::size_t i) { return !plan_.steps[i].applies(); });
    TRY_VOID(remove_replaced(indexes));
    std::vector<kube::ApplyRequest> requests;
    for (const auto i : indexes) {
      const Step& step = plan_.steps[i];
      const auto& fields = trials_[step.key].fields;
      requests.push_back(creates(step) ? creating_request(set_, *step.desired, fields)
                                       : apply_request(set_, *step.desired, fields, kube::DryRun::kNo));
    }
    TRY_VOID(hand_over_all(indexes, requests));
    Attempts attempts;
    cluster_.apply_all(requests, effort_.concurrency, stop_, [&](std::size_t n, Result<Json>&& answer) {
      Step& step = plan_.steps[indexes[n]];
      if (!answer && creates(step) && answer.error().kind == ErrorKind::kConflict) return leave(step);
      if (!answer) return attempts.failed(*step.desired, std::move(answer).error());
      ++execution_.applied;
      execution_.done.push_back(&step);
      live_.applied(*answer);
    });
    return settle(attempts, indexes.size(), "the sync ended there");
  }

  static bool creates(const Step& step) { return step.action == Action::kCreate && step.uid.empty(); }

  /// Somebody has made the object since its trial, or we ourselves, by a request whose answer was lost: what is to be
  /// done of it, the next plan knows.
  static void leave(Step& step) {
    if (step.desired->directives.mode != ApplyMode::kIfNotPresent) return;
    step.action = Action::kSkip;
    step.reason = kLeftAlone;
  }

  /// Objects that the API server takes for new ones only go first, with all that depends on them. Those that do not go
  /// at once are taken out of `indexes`.
  Status remove_replaced(Indexes& indexes) {
    Indexes replaced;
    std::vector<std::pair<ObjectKey, std::string>> leaving;
    for (const auto i : indexes) {
      const Step& step = plan_.steps[i];
      if (step.action != Action::kReplace) continue;
      replaced.push_back(i);
      leaving.emplace_back(step.key, step.uid);
    }
    if (leaving.empty()) return {};
    TRY_VOID(each(replaced, "nothing was deleted", [&](std::size_t n) { return claim(plan_.steps[replaced[n]]); }));
    Attempts attempts;
    remove(replaced, kube::Propagation::kForeground, attempts);
    TRY_VOID(settle(attempts, leaving.size(), "the sync ended before they were made anew"));
    auto gone = live_.wait_gone(leaving, std::min(effort_.patience, kGoingPatience), stop_);
    if (gone || gone.error().kind != ErrorKind::kUnavailable) return gone;
    std::erase_if(indexes, [this](std::size_t i) { return plan_.steps[i].action == Action::kReplace; });
    return {};
  }

  /// Makes a member of what may have belonged to nobody: only of members it is seen when they go.
  Status claim(const Step& step) {
    const Json patch = {{"metadata", {{"uid", step.uid}, {"labels", {{kPartOfLabel, set_.part_of}}}}}};
    const auto claimed = cluster_.patch(
        {step.key, step.api_version, kube::PatchType::kMerge, patch.dump(), "", kFieldManager, set_.account});
    if (claimed) live_.applied(*claimed);
    return claimed || claimed.error().kind == ErrorKind::kNotFound ? Status() : fail(claimed.error());
  }

  /// Readies live objects whose fields have to change hands; `requests` are those of `indexes`.
  Status hand_over_all(const Indexes& indexes, std::vector<kube::ApplyRequest>& requests) {
    Indexes concerned;
    for (std::size_t n = 0; n < indexes.size(); ++n) {
      if (needs_hand_over(plan_.steps[indexes[n]])) concerned.push_back(n);
    }
    Indexes steps;
    for (const auto n : concerned) steps.push_back(indexes[n]);
    return each(steps, "their fields did not change hands", [&](std::size_t c) {
      const Step& step = plan_.steps[steps[c]];
      const Trial& trial = trials_.at(step.key);
      const auto& taker = trial.found == Action::kAdopt ? set_.part_of : "";
      return hand_over(step, trial.left, taker, cluster_, requests[concerned[c]]);
    });
  }

  /// Does something for each of these steps, for several at a time; `act` takes the place in `indexes`.
  Status each(const Indexes& indexes, const std::string& outcome, const std::function<Status(std::size_t)>& act) {
    std::vector<Status> ends(indexes.size());
    parallel_for(indexes.size(), [&](std::size_t n) { ends[n] = stop_.stop_requested() ? stopped() : act(n); });
    Attempts attempts;
    for (std::size_t n = 0; n < indexes.size(); ++n) {
      if (!ends[n]) attempts.failed(*plan_.steps[indexes[n]].desired, ends[n].error());
    }
    return settle(attempts, indexes.size(), outcome);
  }

  Status settle(const Attempts& attempts, std::size_t tried, const std::string& outcome) {
    execution_.refused.insert(attempts.refusals().begin(), attempts.refusals().end());
    return verdict(attempts, tried, outcome);
  }

  /// Definitions that were just applied take a moment to be served; their objects cannot be applied before.
  Status wait_for_definitions() {
    const auto definitions = unserved_definitions();
    if (definitions.empty()) return {};
    std::vector<ObjectKey> members;
    for (const auto* step : definitions) {
      // What is left alone need not be a member, of whose health one learns.
      if (step->action != Action::kSkip) members.push_back(step->key);
    }
    TRY_VOID(live_.wait_healthy(members, effort_.patience, stop_));
    return wait_until_served();
  }

  /// Those that are applied now, and those of objects that could not be tried.
  std::vector<const Step*> unserved_definitions() const {
    std::set<GroupKind> kinds;
    for (const auto i : deferred()) kinds.insert(plan_.steps[i].key.type);
    std::vector<const Step*> definitions;
    for (const auto& step : plan_.steps) {
      if (step.desired == nullptr || !is_definition(step.key.type) || step.is_held()) continue;
      // Definitions are large: they are read only where an object asks for one.
      const bool is_asked = !kinds.empty() && kinds.count(defined_kind(*step.desired->manifest)) != 0;
      if (step.applies() || is_asked) definitions.push_back(&step);
    }
    return definitions;
  }

  Status wait_until_served() {
    const auto deadline = std::chrono::steady_clock::now() + effort_.patience;
    cluster_.forget_discovery();
    for (const auto i : deferred()) {
      const Step& step = plan_.steps[i];
      for (;;) {
        const auto served = cluster_.resource(step.key.type, std::string(version_of(step.api_version)));
        if (served) break;
        if (served.error().kind != ErrorKind::kNotFound) return fail(served.error());
        if (std::chrono::steady_clock::now() > deadline) return fail(served.error());
        // Discovery cannot be watched.
        if (!pause(std::chrono::milliseconds(100), stop_)) return stopped();
        cluster_.forget_discovery();
      }
    }
    return {};
  }

  Indexes deferred() const {
    Indexes indexes;
    for (const auto i : released()) {
      if (trials_.count(plan_.steps[i].key) == 0) indexes.push_back(i);
    }
    return indexes;
  }

  /// Bindings that could not be tried before their roles are there.
  bool awaits_roles() const {
    const auto indexes = deferred();
    return std::any_of(indexes.begin(), indexes.end(),
                       [this](std::size_t i) { return bound_role(*plan_.steps[i].desired).has_value(); });
  }

  /// A definition that was changed, or a role, takes a moment to hold: until then the API server may refuse by what
  /// was.
  Status admit_deferred() {
    const auto deadline = std::chrono::steady_clock::now() + std::min(effort_.patience, kSettlingPatience);
    const bool takes_a_moment = changes_definitions() || awaits_roles();
    for (;;) {
      const auto indexes = deferred();
      const auto attempts = try_deferred(indexes);
      const bool is_over = std::chrono::steady_clock::now() >= deadline || !takes_a_moment;
      if (attempts.refusals().empty() || is_over) {
        return settle(attempts, indexes.size(), "nothing was applied but what others need to be tried");
      }
      if (!pause(std::chrono::milliseconds(100), stop_)) return stopped();
    }
  }

  bool changes_definitions() const {
    const auto steps = released();
    return std::any_of(steps.begin(), steps.end(), [this](std::size_t i) {
      return is_definition(plan_.steps[i].key.type) && plan_.steps[i].action != Action::kCreate;
    });
  }

  Attempts try_deferred(const Indexes& indexes) {
    std::vector<kube::ApplyRequest> requests;
    for (const auto i : indexes) {
      requests.push_back(apply_request(set_, *plan_.steps[i].desired, "", kube::DryRun::kYes));
    }
    Attempts attempts;
    cluster_.apply_all(requests, effort_.concurrency, stop_, [&](std::size_t n, Result<Json>&& answer) {
      Step& step = plan_.steps[indexes[n]];
      if (!answer) return attempts.failed(*step.desired, std::move(answer).error());
      tell(step, trials_[step.key] = trial_of(step, *answer));
    });
    return attempts;
  }

  Status prune() {
    Attempts attempts;
    Indexes rank;
    const auto end_rank = [&] {
      remove(rank, kube::Propagation::kBackground, attempts);
      rank.clear();
    };
    const auto rank_of = [this](std::size_t i) { return apply_rank(plan_.steps[i].key.type); };
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      if (plan_.steps[i].action != Action::kPrune || plan_.steps[i].is_held()) continue;
      if (!rank.empty() && rank_of(rank.front()) != rank_of(i)) end_rank();
      rank.push_back(i);
    }
    end_rank();
    return settle(attempts, plan_.count(Action::kPrune), "they will be pruned at the next try");
  }

  /// What is replaced comes back, and is done then.
  void remove(const Indexes& indexes, kube::Propagation propagation, Attempts& attempts) {
    std::vector<kube::RemoveRequest> requests;
    for (const auto i : indexes) {
      const Step& step = plan_.steps[i];
      requests.push_back({step.key, step.api_version, step.uid, propagation, kube::DryRun::kNo, set_.account});
    }
    cluster_.remove_all(requests, effort_.concurrency, stop_, [&](std::size_t n, Status&& status) {
      const Step& step = plan_.steps[indexes[n]];
      if (!status) return attempts.failed(step.key, "", std::move(status).error());
      live_.deletion_accepted(step.key, step.uid);
      if (step.action != Action::kPrune) return;
      ++execution_.pruned;
      execution_.done.push_back(&step);
    });
  }

  const DesiredSet& set_;
  Plan& plan_;
  Trials& trials_;
  kube::Cluster& cluster_;
  LiveView& live_;
  const Effort& effort_;
  std::stop_token stop_;
  Execution execution_;
};

}  // namespace

Execution execute(const DesiredSet& set, Admission& admission, kube::Cluster& cluster, LiveView& live,
                  const Effort& effort, std::stop_token stop) {
  return Executor(set, admission, cluster, live, effort, std::move(stop)).run();
}

}  // namespace reconciler::sync
