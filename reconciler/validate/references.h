#pragma once

#include "validate/objects.h"

namespace reconciler::validate {

/// Rules `reference`, `key` and `port`: whatever a field names exists, and has the key or port that is named with it.
/// Fields that say `optional: true` may name what is not there.
void check_references(const Objects& objects, Report& report);

}  // namespace reconciler::validate
