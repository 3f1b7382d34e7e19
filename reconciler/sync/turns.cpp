#include "sync/turns.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace reconciler::sync {
namespace {

using health::HealthStatus;

const LiveMember* live_of(const LiveSet& live, const ObjectKey& key) {
  const auto found = live.find(key);
  return found == live.end() ? nullptr : found->second.get();
}

/// How far an object is that others wait for.
health::Health progress(const Step& step, const LiveSet& live) {
  if (step.applies()) return {HealthStatus::kProgressing, "is not applied yet"};
  if (step.action == Action::kWait) return {HealthStatus::kProgressing, step.reason};
  if (step.action == Action::kBlocked) return {HealthStatus::kDegraded, step.reason};
  // What Git leaves alone need not live.
  const auto* member = live_of(live, step.key);
  return member == nullptr ? health::Health{} : member->health;
}

bool suffices(const health::Health& health) {
  return health.status == HealthStatus::kHealthy || health.status == HealthStatus::kSuspended;
}

class Holder {
 public:
  Holder(Plan& plan, const LiveSet& live) : plan_(plan), live_(live) {
    for (const auto& step : plan.steps) {
      if (step.desired != nullptr) by_key_.emplace(step.key, &step);
    }
  }

  void hold_applies() {
    for (auto& step : plan_.steps) {
      if (is_news(step)) hold(step);
    }
    hold_what_stands_on_held();
  }

  void hold_prunes() {
    const bool applies_later =
        std::any_of(plan_.steps.begin(), plan_.steps.end(), [](const Step& step) { return step.is_held(); });
    std::optional<int> leaving;  // The last wave of which something is still there.
    for (auto& step : plan_.steps) {
      if (step.desired != nullptr || (step.action != Action::kPrune && step.action != Action::kWait)) continue;
      const int wave = live_.at(step.key)->wave;
      if (!leaving) leaving = wave;
      if (step.action == Action::kPrune && applies_later) step.waits_for = "what is to be applied first";
      if (step.action == Action::kPrune && wave != *leaving) step.waits_for = waits_for_wave(*leaving);
      if (step.action == Action::kWait && wave == *leaving) await(step);
    }
  }

 private:
  /// Whether it brings what Git says for the first time; the rest of what applies is drift, or a repetition.
  bool is_news(const Step& step) const {
    if (!step.applies()) return false;
    const auto* live = live_of(live_, step.key);
    return live == nullptr || live->digest != step.desired->digest;
  }

  static std::string waits_for_wave(int wave) { return "wave " + std::to_string(wave) + ", which goes first"; }

  void hold(Step& step) {
    if (first_unready() && step.desired->place() > *first_unready()) {
      step.waits_for = "wave " + std::to_string(*first_unready());
      await_wave(*first_unready());
    }
    for (const auto& key : step.desired->depends_on) {
      const Step& needed = *by_key_.at(key);
      if (suffices(progress(needed, live_))) continue;
      step.waits_for = key.text();
      await(needed);
    }
  }

  /// The first wave of which something is not ready; the plan has the waves in their order.
  const std::optional<int>& first_unready() {
    if (looked_) return first_unready_;
    looked_ = true;
    for (const auto& step : plan_.steps) {
      if (step.desired == nullptr || suffices(progress(step, live_))) continue;
      first_unready_ = step.desired->place();
      break;
    }
    return first_unready_;
  }

  void await_wave(int wave) {
    if (!awaited_waves_.insert(wave).second) return;
    for (const auto& step : plan_.steps) {
      if (step.desired != nullptr && step.desired->place() == wave && !suffices(progress(step, live_))) await(step);
    }
  }

  void await(const Step& step) {
    if (awaited_.insert(step.key).second) plan_.awaited.push_back({step.key, progress(step, live_)});
  }

  void hold_what_stands_on_held() {
    std::unordered_map<std::string, const Step*> namespaces;
    std::set<GroupKind> definitions;
    for (const auto& step : plan_.steps) {
      if (!step.is_held() || live_of(live_, step.key) != nullptr) continue;
      if (is_namespace(step.key.type)) namespaces.emplace(step.key.name, &step);
      if (is_definition(step.key.type)) definitions.insert(defined_kind(*step.desired->manifest));
    }
    if (namespaces.empty() && definitions.empty()) return;
    for (auto& step : plan_.steps) {
      if (!step.applies() || step.is_held()) continue;
      if (namespaces.count(step.key.namespace_) != 0) step.waits_for = "Namespace " + step.key.namespace_;
      if (definitions.count(step.key.type) != 0) step.waits_for = "the definition of " + step.key.type.text();
    }
  }

  Plan& plan_;
  const LiveSet& live_;
  std::unordered_map<ObjectKey, const Step*> by_key_;
  bool looked_ = false;
  std::optional<int> first_unready_;
  std::set<int> awaited_waves_;
  std::unordered_set<ObjectKey> awaited_;
};

}  // namespace

bool hold_for_hooks(Plan& plan, const DesiredSet& set, HookPhase phase) {
  std::set<std::string> namespaces;
  for (const auto& hook : set.hooks) {
    if (hook.rules.phases.count(phase) != 0) namespaces.insert(hook.desired.key.namespace_);
  }
  bool needs_namespace = false;
  for (auto& step : plan.steps) {
    if (!step.writes() || step.action == Action::kRevert) continue;
    const bool is_needed = step.applies() && is_namespace(step.key.type) && namespaces.count(step.key.name) != 0;
    if (!is_needed) step.waits_for = std::string("the ") + to_string(phase) + " hooks";
    needs_namespace = needs_namespace || is_needed;
  }
  return needs_namespace;
}

std::vector<Awaited> unready(const Plan& plan, const LiveSet& live) {
  std::vector<Awaited> unready;
  for (const auto& step : plan.steps) {
    if (step.desired == nullptr) continue;
    auto health = progress(step, live);
    if (!suffices(health)) unready.push_back({step.key, std::move(health)});
  }
  return unready;
}

void hold_back(Plan& plan, const LiveSet& live, const Policy& policy) {
  Holder holder(plan, live);
  if (policy.in_order) holder.hold_applies();
  holder.hold_prunes();
}

}  // namespace reconciler::sync
