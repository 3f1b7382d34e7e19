#include "front/verb.h"

#include <ostream>

#include <CLI/CLI.hpp>

namespace reconciler::cli {
namespace {

/// What CLI11 says of the command line: help goes to `out` and is no error.
int explain(const CLI::App& app, const CLI::ParseError& error, Console& console) {
  return app.exit(error, console.out, console.err) == 0 ? kOk : kUsage;
}

}  // namespace

int run_chosen(CLI::App& app, int argc, const char* const* argv, const Chosen& chosen, Console& console) {
  try {
    app.parse(argc, argv);
    if (!chosen) throw CLI::RequiredError::Subcommand(1);
  } catch (const CLI::ParseError& error) {
    return explain(app, error, console);
  }
  const Exit exit = chosen(console);
  if (console.out.flush()) return exit;
  console.err << "error: the output cannot be written\n";
  return kFailed;
}

}  // namespace reconciler::cli
