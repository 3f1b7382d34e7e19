#pragma once

#include <string>

#include "base/result.h"
#include "yaml/node.h"

namespace reconciler::yaml {

/// The text of a tree as go-yaml version 3 writes it back: fields in their order, styles as they were read, no folding,
/// two columns of indentation, lists not indented below their field. Comments are not kept: nodes hold none.
/// Errors: kInternal when libyaml refuses (text that is no UTF-8).
Result<std::string> write_styled(const Node& root);

}  // namespace reconciler::yaml
