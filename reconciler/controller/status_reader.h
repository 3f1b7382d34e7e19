#pragma once

#include "controller/status.h"

namespace reconciler::controller {

/// The status that an `Environment` resource carries, as `to_resource_status` wrote it: what a service that starts anew
/// goes on from. What is missing or not as we write it is left at its default.
EnvironmentStatus read_status(const Json& resource);

}  // namespace reconciler::controller
