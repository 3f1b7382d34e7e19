#pragma once

#include "front/console.h"

namespace reconciler::cli {

/// The program `reconciler`: reads the command line, runs the verb that it names, and returns the exit code (`Exit`).
/// `reconciler --help` and `reconciler VERB --help` are its documentation.
int run(int argc, const char* const* argv, Console& console);

}  // namespace reconciler::cli
