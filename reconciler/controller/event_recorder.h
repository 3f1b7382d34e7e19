#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "controller/transition.h"
#include "kube/cluster.h"

namespace reconciler::controller {

/// Writes what happens to environments as Events of Kubernetes (core v1), which `kubectl describe environment` shows.
/// One that says what an earlier one said is that one, counted up. An environment gets at most 25 at once and one every
/// five minutes beyond (as client-go has it); what is more is dropped, and so is what cannot be written: nothing waits
/// for Events. Thread-safe.
class EventRecorder {
 public:
  explicit EventRecorder(const Clock& clock) : clock_(clock) {}

  void add(const std::string& environment, const Transition& transition);
  /// How many wait to be written.
  std::size_t waiting() const;

  /// Writes some of what waits. `uid_of` gives the UID of an environment's resource, nothing when it has none; then
  /// nobody can be told. Returns false when the API server is out of reach, and what is left waits on.
  bool write(kube::Cluster& cluster, const std::function<std::optional<std::string>(const std::string&)>& uid_of);

 private:
  struct Event {
    std::string environment;
    Transition transition;
    WallTime first{};
    WallTime last{};
    unsigned count = 0;
  };
  struct Allowance {
    double tokens = 0;
    SteadyTime counted{};
  };

  using Named = std::pair<std::string, Event>;

  std::vector<Named> next() const;
  /// It was written, or cannot be.
  void settle(const Named& named);
  bool is_allowed(const std::string& environment);
  void forget_old();
  static std::string name_of(const Event& event);
  static Json body_of(const Event& event, const std::string& name, const std::string& uid);

  const Clock& clock_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::map<std::string, Event> events_;  ///< By the name of the Event.
  std::deque<std::string> waiting_;      ///< Names, each once.
  std::map<std::string, Allowance> allowances_;
};

}  // namespace reconciler::controller
