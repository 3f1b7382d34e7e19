#pragma once

#include <map>
#include <string>

#include <nlohmann/json.hpp>

namespace reconciler::test {

/// Texts by path.
using StackFiles = std::map<std::string, std::string>;

/// The files of `sources/`, `overlays/` and `deploy/` of this checkout.
const StackFiles& stack_files();

/// The objects of an overlay by `Kind namespace/name` (`Kind name` without a namespace).
using Objects = std::map<std::string, nlohmann::json>;

/// Renders `overlays/<overlay>` of these files. Throws std::runtime_error when it cannot be rendered.
Objects render_stack(const std::string& overlay, const StackFiles& files = stack_files());

/// The value at a JSON pointer; null when there is none.
nlohmann::json value_at(const nlohmann::json& object, const std::string& pointer);

}  // namespace reconciler::test
