#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "object/key.h"

namespace reconciler {

using Json = nlohmann::json;

/// One rendered object: what Git wants to be in the cluster. Immutable once made.
/// The body is kept as its JSON text (keys sorted, no spaces), which is a fifth of the parsed form in memory and is
/// what goes to the API server; `parse` it where its fields matter.
struct Manifest {
  ObjectKey key;  ///< The namespace as the manifest says it; "" when it says none.
  std::string api_version;
  std::string body;
  std::string origin;  ///< The file (and line) in the tree that it came from, for errors; "" when made by a generator.

  Json parse() const;
};

/// What a commit means for one environment: the whole set, in the order of rendering, no key twice.
using Rendered = std::vector<Manifest>;

}  // namespace reconciler
