#pragma once

#include "validate/objects.h"

namespace reconciler::validate {

/// Rule `address`: URLs in variables, arguments, ConfigMaps and Secrets that name a Service name one that is there,
/// with a port that it has; at a headless one, with a port of its pods. In a URL a host counts as a Service's when it
/// has no dot, or is `service.namespace` or `pod.service` of the set; `service.namespace.svc` does so in any text, and
/// a `service:port` in a value whose name says that it is an address (`…_ADDR`, `…_URL`, `…_HOST`).
void check_addresses(const Objects& objects, Report& report);

}  // namespace reconciler::validate
