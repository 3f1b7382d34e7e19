#pragma once

#include "validate/objects.h"

namespace reconciler::validate {

/// Rule `address`: URLs in variables, arguments, ConfigMaps and Secrets that name a Service name one that is there,
/// with a port that it has. A host counts as a Service's when it has the form `service.namespace.svc`, or when the
/// whole value is a URL whose host has no dot.
void check_addresses(const Objects& objects, Report& report);

}  // namespace reconciler::validate
