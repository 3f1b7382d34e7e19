#pragma once

#include <string>
#include <vector>

#include "front/console.h"
#include "validate/finding.h"

namespace reconciler::cli {

inline constexpr validate::Rule kEnvironmentRule{"environment", validate::Severity::kError,
                                                 "The file of an environment says what the service cannot do."};
inline constexpr validate::Rule kBuildRule{"build", validate::Severity::kError, "An overlay does not render."};

/// One overlay, or one file of an environment, and what was found in it.
struct Examined {
  std::string name;         ///< Of the environment, or the overlay's path.
  std::string path;         ///< Of the overlay; "" when it is not known.
  std::size_t objects = 0;  ///< Rendered.
  bool elsewhere = false;   ///< Its overlay is in another repository, and was not looked at.
  std::vector<validate::Finding> findings;
};

/// A finding for each cause of an error; `file` is where the error is when it says no place of its own.
std::vector<validate::Finding> findings_of(const Error& error, const validate::Rule& rule, const std::string& file);

/// A line a finding, as compilers have it, and one for each examined overlay.
void print_text(const std::vector<Examined>& all, Console& console);
/// `{"valid", "environments": [{"name", "path", "objects", "findings": [{"rule", "level", "file", "line", "object",
/// "field", "message"}]}]}`.
void print_json(const std::vector<Examined>& all, Console& console);
/// SARIF 2.1.0, which code forges show beside the lines of a change.
void print_sarif(const std::vector<Examined>& all, Console& console);

}  // namespace reconciler::cli
