#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "object/manifest.h"

namespace reconciler::sync {

/// When an object is applied at all.
enum class ApplyMode {
  kAlways,
  kIfNotPresent,  ///< Made when it does not live, and left alone from then on.
  kIgnore,        ///< Never touched.
};

/// What a manifest's own annotations ask for.
struct Directives {
  ApplyMode mode = ApplyMode::kAlways;  ///< gitops.spira.dev/apply
  bool replace = false;                 ///< gitops.spira.dev/replace: deleted and made anew for an immutable field.
  std::vector<std::string> ignore;      ///< gitops.spira.dev/ignore: fields (JSON pointers) that are left to others.
};

/// Reads them. What is wrong becomes a cause at `where`.
Directives read_directives(const Manifest& manifest, const std::string& where, std::vector<Cause>& causes);

/// Whether the text is a JSON pointer (RFC 6901) to a field that may be left to others: any but those that make an
/// object the one that it is.
bool is_ignorable(const std::string& pointer);

}  // namespace reconciler::sync
