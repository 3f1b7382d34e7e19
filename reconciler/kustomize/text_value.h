#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "yaml/node.h"

namespace reconciler::kustomize {

/// Puts `value` at a path that goes through a plain value, whose text is JSON or YAML
/// (`data.config\.json.server.port`), and writes the text anew: JSON with sorted fields, indented by two when it had
/// several lines; YAML as go-yaml writes it. Returns whether that was done: false when no plain value on the path holds
/// structure, when nothing is found in it, or when the result cannot be written. Comments in YAML text are lost.
bool set_inside_text(yaml::Node& object, std::span<const std::string> path, const yaml::Node& value,
                     std::optional<yaml::NodeKind> create, yaml::Arena& arena);

}  // namespace reconciler::kustomize
