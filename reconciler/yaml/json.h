#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "yaml/node.h"

namespace reconciler::yaml {

/// Whether `<`, `>` and `&` are written as `\u003c` …, as Go's encoding/json does unless told otherwise.
enum class Html { kKeep, kEscape };

/// The JSON of a tree as Go's json.Marshal writes what go-yaml version 3 decodes: keys sorted by bytes, no spaces.
/// Errors (kInvalid): a repeated key, a key that is no string (of the root, any scalar will do), a value that JSON or
/// YAML cannot hold (infinity, control characters, a tag that does not fit). One cause: `where` is `line:column` in the
/// file that the node came from, or empty; `field` is the path of the value. No value's text is in it.
Result<std::string> to_json(const Node& root, Html html = Html::kKeep);

/// Appends a JSON string literal.
void append_json_string(std::string& out, std::string_view text, Html html = Html::kKeep);

/// The tree of a JSON text: scalars are kStr (double-quoted), kBool, kNull, or kInt and kFloat with the number's own
/// text. Text without escapes is not copied: `json` must live as long as the nodes. Errors: kInvalid, one cause,
/// `where` is `line:column`.
Result<Node*> from_json(std::string_view json, Arena& arena);

}  // namespace reconciler::yaml
