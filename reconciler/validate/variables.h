#pragma once

#include <string>

#include "validate/objects.h"

namespace reconciler::validate {

/// Rule `variable` for one container, whose place in the object is `field`. Kubernetes leaves a `$(NAME)` that it does
/// not know as it stands.
void check_variables(const Objects& objects, const Object& object, const yaml::Node& container,
                     const std::string& field, Report& report);

}  // namespace reconciler::validate
