#include "controller/transition.h"

#include <utility>

#include "health/short_text.h"

namespace reconciler::controller {
namespace {

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
    if (is == nullptr || (was != nullptr && was->status == is->status)) return;
    if (is->status == ConditionStatus::kFalse) {
      add(true, "SourceLost", is->reason + ": " + is->message);
    } else if (is->status == ConditionStatus::kTrue && was != nullptr && was->status == ConditionStatus::kFalse) {
      add(false, "SourceBack", is->message);
    }
  }

  void tell_sync() {
    if (!after_.last_sync) return;
    const LastSync& sync = *after_.last_sync;
    const bool is_new = !before_.last_sync || before_.last_sync->id != sync.id;
    if (!is_new && before_.last_sync->result == sync.result) return;
    const auto commit = "commit " + sync.revision.substr(0, 12);
    if (sync.result == "Running") return add(false, "SyncStarted", commit + " (" + sync.trigger + ")");
    if (sync.result == "Failed") {
      auto message = commit + ": " + sync.message;
      for (const auto& error : sync.errors) message += "; " + error;
      return add(true, "SyncFailed", std::move(message));
    }
    if (sync.trigger == "drift") {
      add(false, "DriftReverted", "put back to " + commit);
    } else {
      add(false, "SyncSucceeded", commit + " is applied");
    }
    if (after_.objects.pruned > 0) {
      add(false, "Pruned", std::to_string(after_.objects.pruned) + " objects that left Git are removed");
    }
  }

  void tell_health() {
    if (before_.health == after_.health) return;
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
