#pragma once

#include <optional>

namespace reconciler::controller {

/// What this process takes of the machine, from /proc/self (proc(5)).
struct ProcessFigures {
  double resident_bytes = 0;
  double cpu_seconds = 0;  ///< User and system, of all threads since the start.
  double open_descriptors = 0;
};

/// Nothing where /proc cannot be read.
std::optional<ProcessFigures> process_figures();

}  // namespace reconciler::controller
