#include <cstdlib>

#include <CLI/CLI.hpp>

#include "cli/flags.h"
#include "cli/verbs.h"
#include "http/client.h"

namespace reconciler::cli {
namespace {

struct SuspendOptions {
  http::ClientOptions service;
  std::string name;
  std::string reason;
  std::string by;
};

std::string user() {
  const char* name = std::getenv("USER");
  return name != nullptr && *name != '\0' ? name : "reconciler suspend";
}

/// Said of what the API server has not taken yet.
const char* proviso(bool is_kept) {
  return is_kept ? "" : "; the API server does not answer, and this is lost if the service ends before it does";
}

Exit suspend(const SuspendOptions& options, Console& console) {
  const auto client = http::Client::open(options.service);
  if (!client) return report(client.error(), console), kUsage;
  const auto done = (*client)->suspend(options.name, options.by.empty() ? user() : options.by, options.reason);
  if (!done) return report(done.error(), console);
  console.out << "environment " << options.name << " is suspended" << proviso(*done) << "\n";
  return kOk;
}

Exit resume(const SuspendOptions& options, Console& console) {
  const auto client = http::Client::open(options.service);
  if (!client) return report(client.error(), console), kUsage;
  const auto done = (*client)->resume(options.name);
  if (!done) return report(done.error(), console);
  console.out << "environment " << options.name << " is resumed" << proviso(*done) << "\n";
  return kOk;
}

}  // namespace

void add_suspend(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("suspend", "Lets a running service leave an environment alone until it is resumed");
  verb->footer(
      "Nothing is applied, pruned or put back meanwhile, not even after a restart of the service.\n\n"
      "Example:\n"
      "  reconciler suspend kind-dev --reason \"maintenance of the database\" --token-file token");
  const auto options = std::make_shared<SuspendOptions>();
  verb->add_option("ENVIRONMENT", options->name, "Which one")->required()->type_name("");
  verb->add_option("--reason", options->reason, "Why; its status says so")->required()->type_name("TEXT");
  verb->add_option("--by", options->by, "Who ($USER)")->type_name("NAME");
  add_service(*verb, options->service);
  verb->final_callback(
      [options, &chosen] { chosen = [options](Console& console) { return suspend(*options, console); }; });
}

void add_resume(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("resume", "Ends a suspension");
  verb->footer("Example:\n  reconciler resume kind-dev --token-file token");
  const auto options = std::make_shared<SuspendOptions>();
  verb->add_option("ENVIRONMENT", options->name, "Which one")->required()->type_name("");
  add_service(*verb, options->service);
  verb->final_callback(
      [options, &chosen] { chosen = [options](Console& console) { return resume(*options, console); }; });
}

}  // namespace reconciler::cli
