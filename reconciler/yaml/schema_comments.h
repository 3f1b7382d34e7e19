#pragma once

#include <cstddef>
#include <map>
#include <string_view>

namespace reconciler::yaml {

/// The comments of a text that hold a JSON object, by the line (counted from 0) of the key that they are for: one
/// behind the key, else one that stands alone in the line above. What looks like a comment inside a string may be among
/// them: it is for the reader to use only those of lines with a key whose value starts below. Views into the text.
std::map<std::size_t, std::string_view> schema_comments(std::string_view text);

}  // namespace reconciler::yaml
