#pragma once

#include "front/console.h"

namespace reconciler::cli {

/// The program that people call: builds overlays on disk itself, and hands everything else over to the whole program
/// (`libexec/reconciler`), which takes the same command line. So `reconciler build` need not load the libraries of a
/// network, which takes longer than to build a small overlay. Returns the exit code (`Exit`), unless the process became
/// the whole program. Errors: kUnavailable when that is not there.
int run_front(int argc, char** argv, Console& console);

}  // namespace reconciler::cli
