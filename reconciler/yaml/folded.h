#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "yaml/node.h"

namespace reconciler::yaml {

/// What a folded scalar (`>`) reads as after go-yaml wrote it and read it back, which the reference does with every
/// object: a line that is indented more than the others, and the end of a text that keeps its empty lines, gain an
/// empty line; a text that starts with a blank loses one between others. Nothing where the text stays as it is.
/// Source: yaml_emitter_write_folded_scalar of go-yaml, which looks at the start of the text where libyaml looks at the
/// place that it writes.
std::optional<std::string> refolded(std::string_view text);

/// Whether go-yaml writes a scalar outside of `{}` and `[]` as a block that it cannot read back: one whose first line
/// starts with a tab, of which it says that spaces were expected.
bool is_unreadable_block(const Node& scalar);

}  // namespace reconciler::yaml
