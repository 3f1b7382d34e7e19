#pragma once

#include "validate/objects.h"

namespace reconciler::validate {

/// Rules `selector`, `port` and `undeclared-port`: every selector selects something, and what it selects has the ports
/// that are named with it. A NetworkPolicy or monitor in whose namespaces the set has nothing to select, and nothing
/// elsewhere that it would select, is let be: it is for what others bring. Rule `unselected`: a monitor is selected by
/// a Prometheus, when the set has one.
void check_selectors(const Objects& objects, Report& report);

}  // namespace reconciler::validate
