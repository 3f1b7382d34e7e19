#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "validate/target.h"

namespace reconciler::validate {

/// Reads what an annotation `gitops.spira.dev/provides` or `…/requires` lists. With commas between objects:
///
///     object = Kind[.group] "/" [namespace "/"] name [ "{" label "=" value, … "}" ] [ "[" part, … "]" ]
///
/// Parts are keys for a ConfigMap or Secret, and ports for a Service or Pod: `name:number`, `number` or `name`. Without
/// brackets, any key and any port will do. White space counts for nothing. The texts of the result point into `text`;
/// an object without a namespace has "". Errors: kInvalid, with the place in the text.
Result<std::vector<Target>> parse_declaration(std::string_view text);

}  // namespace reconciler::validate
