#include "cli/program.h"

#include <ostream>

#include <CLI/CLI.hpp>

#include "cli/verbs.h"

namespace reconciler::cli {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 done; 1 done, and something is wrong or differs; 2 wrong command line or configuration, or what it\n"
    "names is not there; 3 the service, the cluster or a remote does not answer or refuses.\n\n"
    "'reconciler VERB --help' shows the options of a verb and an example.";

/// What CLI11 says of the command line: help goes to `out` and is no error.
int explain(const CLI::App& app, const CLI::ParseError& error, Console& console) {
  return app.exit(error, console.out, console.err) == 0 ? kOk : kUsage;
}

}  // namespace

int run(int argc, const char* const* argv, Console& console) {
  CLI::App app("Keeps a Kubernetes cluster at what Git says.", "reconciler");
  app.require_subcommand(0, 1);  // None is found out below, so that a word that is no verb is named.
  app.footer(kFooter);
  Chosen chosen;
  add_serve(app, chosen);
  add_build(app, chosen);
  add_diff(app, chosen);
  add_sync(app, chosen);
  add_suspend(app, chosen);
  add_resume(app, chosen);
  add_status(app, chosen);
  add_validate(app, chosen);
  add_version(app, chosen);
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
