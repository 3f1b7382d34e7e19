#pragma once

#include <functional>
#include <optional>
#include <string>

#include "sync/live.h"
#include "sync/plan.h"

namespace reconciler::controller {

/// The name of the environment whose ApplySet that is; absent when none lives.
using ParentOf = std::function<std::optional<std::string>(const std::string& part_of)>;
/// The parent of another tool's ApplySet; absent when none is to be found.
using FindParent = std::function<std::optional<ObjectKey>(const std::string& part_of)>;

/// What an environment left behind when it went (deletion: Orphan) is free to be taken: objects that were applied for
/// an ApplySet whose parent does not live belong to nobody from here on. `part_of` is our own. Pure.
void free_orphans(sync::LiveSet& live, const std::string& part_of, const ParentOf& parent_of);

/// People know environments, not ApplySets: says whose the objects are that are not ours to take.
void name_owners(sync::Plan& plan, const sync::LiveSet& live, const std::string& environment, const ParentOf& parent_of,
                 const FindParent& find_parent);

}  // namespace reconciler::controller
