#pragma once

#include "controller/resources.h"

namespace reconciler::controller {

/// Makes the resource be what the environment says, as a sync does.
inline Status mirror(Resources& resources, const Environment& environment) {
  TRY_VOID(resources.declare(environment));
  const auto known = resources.find(environment.name);
  return resources.set_scope(environment.name, known ? known->scope : sync::ApplySetScope());
}

}  // namespace reconciler::controller
