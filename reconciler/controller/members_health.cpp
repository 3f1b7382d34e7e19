// How members do: by rules, by their pods, and who waits for it.
#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "controller/members.h"

namespace reconciler::controller {
namespace {

/// What was mended a moment ago may still be told as degraded.
constexpr Duration kMendingPatience = std::chrono::seconds(5);

const GroupKind kClaim{"", "PersistentVolumeClaim"};

}  // namespace

void Members::use_rules(const std::string& part_of, const std::vector<health::HealthRule>& rules) {
  std::vector<health::HealthRule> concerned = rules;
  {
    const std::scoped_lock lock(mutex_);
    const auto known = rules_.find(part_of);
    const auto before = known == rules_.end() ? std::vector<health::HealthRule>() : known->second;
    if (before == rules) return;
    concerned.insert(concerned.end(), before.begin(), before.end());
    if (rules.empty()) {
      rules_.erase(known);
    } else {
      rules_[part_of] = rules;
    }
  }
  list_again(concerned);
}

bool Members::needs_body(const GroupKind& type) const {
  if (health::has_health(type)) return true;
  const std::scoped_lock lock(mutex_);
  return std::any_of(rules_.begin(), rules_.end(),
                     [&](const auto& entry) { return health::has_health(type, entry.second); });
}

Members::Shown Members::reduced(const Json& object) const {
  auto member = sync::reduce(object, false, label_);
  const auto rules = [&] {
    const std::scoped_lock lock(mutex_);
    const auto found = rules_.find(member.part_of);
    return found == rules_.end() ? std::vector<health::HealthRule>() : found->second;
  }();
  if (health::has_health(member.key.type, rules)) {
    member.health =
        member.holds_result ? health::assess(sync::as_if_kept(object), rules) : health::assess(object, rules);
  }
  const bool by_pods = !member.being_deleted && (member.key.type == kClaim ||
                                                 (health::has_pods(member.key.type) && health::pods_speak_for(object)));
  return {std::move(member), by_pods};
}

void Members::follow_pods(const std::string& part_of, const std::set<std::string>& namespaces) {
  pods_->follow(part_of, namespaces);
}

std::optional<SteadyTime> Members::look_at_pods(const std::string& part_of) {
  std::optional<SteadyTime> next;
  const std::scoped_lock lock(mutex_);
  const auto own = keys_by_set_.find(part_of);
  if (own == keys_by_set_.end()) return next;
  for (const auto& key : own->second) {
    if (own_health_.count(key) == 0) continue;
    judge(key);
    const auto due = pods_->due(key);
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

/// What pods say counts where the workload itself says no more than that it is not there yet, and tells why where it
/// says that it came to nothing.
health::Health Members::judged(const ObjectKey& key, const health::Health& own) const {
  const bool is_degraded = own.status == health::HealthStatus::kDegraded;
  if (!is_degraded && own.status != health::HealthStatus::kProgressing) return own;
  auto said = key.type == kClaim ? pods_->claim(key) : pods_->trouble(key);
  if (!said) return own;
  return is_degraded ? health::Health{own.status, own.message + "; " + said->message} : *std::move(said);
}

/// Returns the ApplySet for which the health of this member is news, if it is.
std::set<std::string> Members::judge(const ObjectKey& key) {
  const auto own = own_health_.find(key);
  const auto known = members_.find(key);
  if (own == own_health_.end() || known == members_.end()) return {};
  auto health = judged(key, own->second);
  if (health == known->second->health) return {};
  auto member = *known->second;
  member.health = std::move(health);
  known->second = std::make_shared<const sync::LiveMember>(std::move(member));
  return {known->second->part_of};
}

Status Members::wait_healthy(const std::vector<ObjectKey>& keys, Duration patience, std::stop_token stop) {
  std::vector<Cause> waiting;
  std::vector<Cause> degraded;
  const auto all_healthy = [&] {
    waiting.clear();
    degraded.clear();
    for (const auto& key : keys) {
      const auto found = members_.find(key);
      const auto health = found == members_.end() ? health::Health{health::HealthStatus::kMissing, "does not exist yet"}
                                                  : found->second->health;
      if (health.status != health::HealthStatus::kHealthy) waiting.push_back({key.text(), "", health.message});
      if (health.status == health::HealthStatus::kDegraded) degraded.push_back(waiting.back());
    }
    return waiting.empty();
  };
  const auto is_decided = [&] { return all_healthy() || !degraded.empty(); };
  const auto at_first = std::min(patience, kMendingPatience);
  std::unique_lock lock(mutex_);
  if (news_.wait_for(lock, stop, at_first, all_healthy)) return {};
  if (news_.wait_for(lock, stop, patience - at_first, is_decided) && degraded.empty()) return {};
  if (stop.stop_requested()) return fail(ErrorKind::kCancelled, "the sync was stopped");
  if (!degraded.empty()) return fail(ErrorKind::kRejected, "objects cannot become ready", std::move(degraded));
  return fail(ErrorKind::kUnavailable, "waited in vain for objects to become ready", std::move(waiting));
}

}  // namespace reconciler::controller
