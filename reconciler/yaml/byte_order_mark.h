#pragma once

#include <string>
#include <string_view>

namespace reconciler::yaml {

inline bool starts_with_byte_order_mark(std::string_view text) { return text.starts_with("\xEF\xBB\xBF"); }

/// What libyaml's emitter wrote, with the texts that begin with a byte order mark as go-yaml's emitter writes them:
/// every character escaped, and so never folded, since it looks for the mark at the text's start whichever character it
/// is about to write.
std::string escape_marked_texts(std::string_view yaml);

}  // namespace reconciler::yaml
