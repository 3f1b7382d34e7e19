#pragma once

#include <string>
#include <vector>

#include "controller/status.h"

namespace reconciler::controller {

/// Something that happened to an environment, as people are told of it: in Events, and to those who follow it live.
struct Transition {
  bool is_warning = false;
  std::string reason;   ///< One CamelCase word: SyncStarted, SyncSucceeded, Degraded, …
  std::string message;  ///< At most 1024 bytes.

  bool operator==(const Transition&) const = default;
};

/// What happened between two statuses of one environment, in the order in which it is told. Pure.
std::vector<Transition> transitions(const EnvironmentStatus& before, const EnvironmentStatus& after);

}  // namespace reconciler::controller
