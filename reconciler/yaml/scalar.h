#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "yaml/node.h"

namespace reconciler::yaml {

/// Which of go-yaml's readings of plain scalars: version 3 (YAML 1.2's booleans), which the reference uses for
/// manifests, or version 2 (`yes`, `on`, `y` … are booleans), which it uses for its own files and when it writes.
enum class Dialect { kVersion2, kVersion3 };

/// The tag of a plain scalar without an explicit one. Never kNone, kMap, kSeq, kBinary or kOther.
Tag resolve_plain(std::string_view text, Dialect dialect = Dialect::kVersion3);

/// What a scalar means once it is data: as go-yaml decodes it and Go's encoding/json writes it.
enum class ValueKind { kNull, kBool, kNumber, kString };
struct Value {
  ValueKind kind = ValueKind::kNull;
  /// "true" or "false"; the number as JSON; the characters of the string. Points into the node or into the scratch
  /// string.
  std::string_view text;
};

/// The value of a scalar node; that of a folded one is its text after the reference wrote and read it (yaml/folded.h).
/// `scratch` holds what had to be converted: keep it as long as the value.
/// Errors (kInvalid, without the value's text): an explicit tag that the text does not fit, NaN and infinity,
/// binary that is not base 64.
Result<Value> value_of(const Node& scalar, std::string& scratch, Dialect dialect = Dialect::kVersion3);

/// Whether a scalar inside `{}` or `[]` is data as the text that it is: the reference writes objects once more before
/// it reads their values, and its emitter cannot leave these plain there (a time with colons, a null without a word).
bool becomes_string_in_flow(const Node& scalar);

/// A number of JSON as go-yaml version 2 writes it: `1e21` is `1e+21`, `1234567.5` is `1.2345675e+06`.
std::string_view yaml_number(std::string_view json, std::string& scratch);

/// Whether a string must be quoted because it would be read as something else (YAML 1.1's booleans, numbers,
/// sexagesimals …).
bool needs_quotes(std::string_view text);

/// The decimal digits of a 64-bit integer as Go's strconv reads it in base 0 (`0x1F`, `0o17`, `017`, `0b1`, a sign);
/// nothing when it is no such integer. Digit separators are not allowed here.
std::optional<std::string> integer(std::string_view text);

}  // namespace reconciler::yaml
