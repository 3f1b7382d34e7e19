#pragma once

#include "validate/objects.h"

namespace reconciler::validate {

/// What stands in containers of every pod template. Rule `image`: images are named by a version or digest. Rules `port`
/// and `undeclared-port`: probes and lifecycle hooks go to ports of their container. Rule `variable`: `$(NAME)` names a
/// variable of the container, in a variable's value an earlier one. Rule `key`: files of mounted ConfigMaps and Secrets
/// are there.
void check_containers(const Objects& objects, Report& report);

}  // namespace reconciler::validate
