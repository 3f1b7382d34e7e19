#include "controller/transition.h"

#include <utility>

#include "controller/findings.h"
#include "health/short_text.h"

namespace reconciler::controller {
namespace {

constexpr const char* kInvalidEnvironment = "InvalidEnvironment";

/// What the comparison with the cluster came to, where nothing else tells it.
bool is_finding(const Condition& synced) {
  return synced.reason != "Syncing" && synced.reason != "Suspended" && synced.reason != "Unknown" &&
         synced.reason != kInvalidEnvironment;
}

/// Of an environment that left Git, and with it the commits that could be named.
bool is_of_leaving(const Condition& synced) { return synced.reason == kDeleting || synced.reason == kDeletionFailed; }

/// An error without its causes (`Error::line`).
std::string head_of(const std::string& message) { return message.substr(0, message.find(": ")); }

std::string after_colon(const std::string& names) { return names.empty() ? "" : ": " + names; }

std::string short_id(const std::string& commit) { return "commit " + commit.substr(0, 12); }

bool is_lost(const Condition* source) {
  return source != nullptr && source->status == ConditionStatus::kFalse && source->reason != kInvalidEnvironment;
}

class Teller {
 public:
  Teller(const EnvironmentStatus& before, const EnvironmentStatus& after) : before_(before), after_(after) {}

  std::vector<Transition> tell() && {
    tell_suspension();
    tell_source();
    tell_sync();
    tell_health();
    return std::move(told_);
  }

 private:
  void add(bool is_warning, std::string reason, std::string message) {
    told_.push_back({is_warning, std::move(reason), health::shortened(std::move(message))});
  }

  void tell_suspension() {
    if (before_.suspension.has_value() == after_.suspension.has_value()) return;
    if (after_.suspension) {
      add(false, "Suspended", after_.suspension->text());
    } else {
      add(false, "Resumed", "synced again; was " + before_.suspension->text());
    }
  }

  void tell_source() {
    const auto* was = condition(before_, "SourceReady");
    const auto* is = condition(after_, "SourceReady");
    if (is == nullptr) return;
    if (is->reason == kInvalidEnvironment) {
      if (was == nullptr || was->reason != is->reason || was->message != is->message) {
        add(true, is->reason, is->message);
      }
    } else if (is_lost(is)) {
      if (!is_lost(was)) add(true, "SourceLost", is->reason + ": " + is->message);
    } else if (is->status == ConditionStatus::kTrue && was != nullptr && was->status == ConditionStatus::kFalse) {
      add(false, "SourceBack", is->message);
    }
  }

  void tell_sync() {
    const bool has_news = has_news_of_sync();
    if (has_news) tell_last_sync();
    const auto* is = condition(after_, "Synced");
    if (is == nullptr) return;
    // What came of a sync says all but that others have gone on meanwhile.
    if (!has_news || is->reason == "Contested") tell_finding(condition(before_, "Synced"), *is);
  }

  bool has_news_of_sync() const {
    if (!after_.last_sync) return false;
    const auto& was = before_.last_sync;
    return !was || was->id != after_.last_sync->id || was->result != after_.last_sync->result;
  }

  /// A further attempt, which is told when it comes to something else than the one before it.
  bool is_same_failure() const {
    const auto& was = before_.last_sync;
    const auto& is = *after_.last_sync;
    const bool is_further = was && (is.trigger == "retry" || was->id == is.id);
    return is_further && was->message == is.message && was->errors == is.errors;
  }

  void tell_last_sync() {
    const LastSync& sync = *after_.last_sync;
    const auto commit = short_id(sync.revision);
    if (sync.result != "Succeeded" && is_same_failure()) return;
    if (sync.result == "Running") return add(false, "SyncStarted", commit + " (" + sync.trigger + ")");
    if (sync.result == "Failed") {
      auto message = commit + ": " + sync.message;
      for (const auto& error : sync.errors) message += "; " + error;
      return add(true, "SyncFailed", std::move(message));
    }
    if (sync.trigger == "drift") {
      add(false, "DriftReverted", "put back to " + commit + after_colon(sync.applied.text(sync.applied.count)));
    } else {
      add(false, "SyncSucceeded", commit + " is applied");
    }
    if (const auto pruned = after_.objects.pruned; pruned > 0) {
      const auto text = pruned == 1 ? "1 object that left Git is removed"
                                    : std::to_string(pruned) + " objects that left Git are removed";
      add(false, "Pruned", text + after_colon(sync.pruned.text(pruned)));
    }
  }

  void tell_finding(const Condition* was, const Condition& is) {
    if (!is_finding(is) || (was != nullptr && is_same_finding(*was, is))) return;
    const auto commit = short_id(after_.head);
    if (is.status == ConditionStatus::kTrue) {
      if (was != nullptr && is_finding(*was)) add(false, is.reason, commit + " is in place; was " + was->reason);
      return;
    }
    const bool is_of_commit = is.status == ConditionStatus::kFalse && !is_of_leaving(is) && !after_.head.empty();
    add(is.reason != "OutOfSync" && is.reason != kDeleting, is.reason,
        (is_of_commit ? commit + ": " : "") + is.message);
  }

  /// While a commit is looked at again and again, the causes that are named change with every look; in an outage,
  /// everything that is said of it does.
  bool is_same_finding(const Condition& was, const Condition& is) const {
    if (was.reason != is.reason) return false;
    if (was.message == is.message || is.status == ConditionStatus::kUnknown) return true;
    return before_.head == after_.head && head_of(was.message) == head_of(is.message);
  }

  void tell_health() {
    if (before_.health == after_.health) return;
    // That nothing is known of it has a cause, which is told.
    if (after_.health == HealthStatus::kUnknown && after_.sync != SyncStatus::kSynced) return;
    const auto* is = condition(after_, "Healthy");
    const bool is_warning = after_.health == HealthStatus::kDegraded || after_.health == HealthStatus::kMissing;
    add(is_warning, health::to_string(after_.health),
        is == nullptr || is->message.empty() ? std::string("was ") + health::to_string(before_.health) : is->message);
  }

  static const Condition* condition(const EnvironmentStatus& status, const std::string& type) {
    for (const auto& each : status.conditions) {
      if (each.type == type) return &each;
    }
    return nullptr;
  }

  const EnvironmentStatus& before_;
  const EnvironmentStatus& after_;
  std::vector<Transition> told_;
};

}  // namespace

std::vector<Transition> transitions(const EnvironmentStatus& before, const EnvironmentStatus& after) {
  return Teller(before, after).tell();
}

}  // namespace reconciler::controller
