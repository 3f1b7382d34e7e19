#pragma once

#include <string>

#include "object/manifest.h"

namespace reconciler::cli {

/// The text at a JSON pointer, whatever the server sent: "" when nothing is there, other values as JSON has them.
std::string text_at(const Json& json, const char* pointer);

}  // namespace reconciler::cli
