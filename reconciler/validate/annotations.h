#pragma once

#include "validate/objects.h"

namespace reconciler::validate {

/// Rule `annotation`: the values of annotations of `gitops.spira.dev` are those that the service takes, dependencies
/// are in the set and lead in no circle, and rules that are opted out of exist.
void check_annotations(const Objects& objects, Report& report);

}  // namespace reconciler::validate
