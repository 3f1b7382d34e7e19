#include "cli/program.h"

#include <CLI/CLI.hpp>

#include "cli/rendering.h"
#include "cli/verbs.h"
#include "front/build.h"

namespace reconciler::cli {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 done; 1 done, and something is wrong or differs; 2 wrong command line or configuration, or what it\n"
    "names is not there; 3 the service, the cluster or a remote does not answer or refuses.\n\n"
    "'reconciler VERB --help' shows the options of a verb and an example.";

}  // namespace

int run(int argc, const char* const* argv, Console& console) {
  CLI::App app("Keeps a Kubernetes cluster at what Git says.", "reconciler");
  app.require_subcommand(0, 1);  // None is found out below, so that a word that is no verb is named.
  app.footer(kFooter);
  RealOutside outside;
  Chosen chosen;
  add_serve(app, chosen);
  add_build(app, chosen, outside);
  add_diff(app, chosen);
  add_sync(app, chosen);
  add_suspend(app, chosen);
  add_resume(app, chosen);
  add_status(app, chosen);
  add_validate(app, chosen);
  add_version(app, chosen);
  return run_chosen(app, argc, argv, chosen, console);
}

}  // namespace reconciler::cli
