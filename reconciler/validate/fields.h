#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "yaml/node.h"

namespace reconciler::validate {

/// What is done with a value that was found, and with its place in the object (`spec.rules[0].host`).
using Visit = std::function<void(const yaml::Node& value, const std::string& field)>;

/// Calls `visit` for every value at `path` below `node`: names with `/` between them, `|` between names of which any
/// will do, `*` for every field of a mapping; each list on the way, and at the end, is gone through. The path "" is the
/// node itself. `field` is the place of `node`, and is as before when this returns.
void visit(const yaml::Node& node, std::string_view path, std::string& field, const Visit& visit);
/// The same from the root of an object.
void visit(const yaml::Node& root, std::string_view path, const Visit& visit);

/// The text of the first scalar at `path`; "" when there is none.
std::string_view text_at(const yaml::Node& node, std::string_view path);

/// A field below another, for messages: `spec` and `name` are `spec.name`.
std::string field_below(std::string_view field, std::string_view name);

}  // namespace reconciler::validate
