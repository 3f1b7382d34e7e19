#pragma once

#include <string_view>

#include "yaml/node.h"
#include "yaml/scalar.h"

namespace reconciler::yaml {

/// Applies the merge keys (`<<`) of one mapping, whose values hold no alias any more, and leaves it without them.
/// Null when it went well; else what is wrong (static text).
const char* apply_merge_keys(Node& mapping, Dialect dialect, Arena& arena);

/// Makes the keys of a mapping unique strings: the last of equal ones wins, and `1` and `true` are read as text.
/// Null when it went well; else what is wrong (static text).
const char* make_keys_unique_strings(Node& mapping, Arena& arena);

}  // namespace reconciler::yaml
