#pragma once

#include <string>
#include <string_view>

#include "yaml/node.h"

namespace reconciler::yaml {

/// Trees written one after the other into one text, a seventh of their size in memory: for what is kept and not looked
/// at. Never leaves the process.

/// Writes a tree, marks and schema comments included, behind what `packed` holds already.
void pack(const Node& node, std::string& packed);

/// Makes the tree anew that `packed` begins with, and takes it from there. `packed` must be of `pack`, of this process.
Node* unpack(std::string_view& packed, Arena& arena);

}  // namespace reconciler::yaml
