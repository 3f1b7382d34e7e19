#pragma once

#include <iosfwd>
#include <string>

#include "base/result.h"

namespace reconciler::cli {

/// Where a verb writes: results to `out`, everything else to `err`.
struct Console {
  std::ostream& out;
  std::ostream& err;
  bool colour = false;  ///< Whether `out` may be coloured.
};

/// How a verb ends.
enum Exit : int {
  kOk = 0,           ///< Done, and nothing to report.
  kFailed = 1,       ///< Done, and there is something: an error in a manifest, a difference, a sync that failed.
  kUsage = 2,        ///< The command line or the configuration is wrong, or names what is not there.
  kUnavailable = 3,  ///< The service, the cluster or a remote does not answer, or refuses the caller.
};

enum class OutputFormat { kText, kJson };

/// Colours are for people: only for a terminal, and not when NO_COLOR says no (no-color.org) or the terminal is dumb.
bool wants_colour(int descriptor);

/// Writes `error: ` and the error with its causes to `err`. Returns how to end for that.
Exit report(const Error& error, Console& console);

enum class Colour { kNone, kGreen, kYellow, kRed };
/// The text in a colour, where colours are wanted.
std::string painted(const std::string& text, Colour colour, const Console& console);

}  // namespace reconciler::cli
