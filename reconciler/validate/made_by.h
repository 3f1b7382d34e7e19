#pragma once

#include <functional>
#include <string>

#include "object/key.h"
#include "yaml/node.h"

namespace reconciler::validate {

/// Calls `use` with a declaration (see `parse_declaration`) for what the operator of a widespread custom resource is
/// known to make of it, so that nobody has to annotate it.
void for_each_made_object(const GroupKind& type, const yaml::Node& root,
                          const std::function<void(const std::string& declaration)>& use);

}  // namespace reconciler::validate
