#pragma once

#include <string>
#include <vector>

#include "object/manifest.h"
#include "sync/managed_fields.h"

namespace reconciler::sync {

/// Fields of an object that Git names and leaves to others once the object lives ("ignore"). All functions are pure.

/// Where these fields (JSON pointers into the manifest) stand in the field sets of the object. Those that are part of a
/// list or map which is one value to the server are not among them.
std::vector<FieldPath> left_paths(const std::vector<std::string>& pointers, const Json& body, const Json& live);

/// The body for a trial: the fields have the values that live, so that it says nothing new of them.
Json with_live_values(const std::vector<std::string>& pointers, const Json& body, const Json& live);

/// The body for an apply once we do not own the fields any more: they are not in it. Those that cannot be left out
/// alone have the values that live.
Json without_left_fields(const std::vector<std::string>& pointers, const Json& body, const Json& live);

/// The paths as the text of an annotation, and back; what does not parse is passed over.
std::string paths_text(const std::vector<FieldPath>& paths);
std::vector<FieldPath> parse_paths(const std::string& text);

}  // namespace reconciler::sync
