#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace reconciler::yaml {

/// The text of a YAML timestamp as RFC 3339 with its fraction and offset as Go's time.RFC3339Nano writes them
/// (`2001-01-01` is `2001-01-01T00:00:00Z`); nothing when the text is none of the forms that go-yaml takes:
/// `y-m-d`, `y-m-dTh:m:s.fZ` with `T` or `t` and an offset, `y-m-d h:m:s.f` without one.
std::optional<std::string> rfc3339_of(std::string_view text);

}  // namespace reconciler::yaml
