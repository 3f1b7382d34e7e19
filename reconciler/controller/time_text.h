#pragma once

#include <optional>
#include <string>

#include "base/clock.h"

namespace reconciler::controller {

/// Reads a time as Kubernetes writes it: RFC 3339 in UTC with whole seconds. Nothing for anything else.
std::optional<WallTime> parse_rfc3339(const std::string& text);

/// The machine's own.
const Clock& system_clock();

}  // namespace reconciler::controller
