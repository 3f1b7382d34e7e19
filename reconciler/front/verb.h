#pragma once

#include <functional>

#include "front/console.h"

namespace CLI {
class App;
}

namespace reconciler::cli {

/// What the command line asks for, once it is read. Returns how to end.
using Chosen = std::function<Exit(Console&)>;

/// Reads the command line, by which a verb of the program sets `chosen`, and runs that. Returns the exit code.
int run_chosen(CLI::App& app, int argc, const char* const* argv, const Chosen& chosen, Console& console);

}  // namespace reconciler::cli
