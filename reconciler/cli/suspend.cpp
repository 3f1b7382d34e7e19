#include <cstdlib>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

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
  OutputFormat format = OutputFormat::kText;
};

std::string user() {
  const char* name = std::getenv("USER");
  return name != nullptr && *name != '\0' ? name : "reconciler suspend";
}

/// `is_kept`: the API server has taken it.
void print_done(const SuspendOptions& options, bool is_suspended, bool is_kept, Console& console) {
  if (options.format == OutputFormat::kJson) {
    console.out << Json{{"environment", options.name}, {"suspended", is_suspended}, {"kept", is_kept}}.dump(2) << '\n';
    return;
  }
  console.out << "environment " << options.name << (is_suspended ? " is suspended" : " is resumed")
              << (is_kept ? ""
                          : "; the API server does not answer, and this is lost if the service ends before it does")
              << "\n";
}

Exit suspend(const SuspendOptions& options, Console& console) {
  const auto client = http::Client::open(options.service);
  if (!client) return report(client.error(), console), kUsage;
  const auto done = (*client)->suspend(options.name, options.by.empty() ? user() : options.by, options.reason);
  if (!done) return report(done.error(), console);
  print_done(options, true, *done, console);
  return kOk;
}

Exit resume(const SuspendOptions& options, Console& console) {
  const auto client = http::Client::open(options.service);
  if (!client) return report(client.error(), console), kUsage;
  const auto done = (*client)->resume(options.name);
  if (!done) return report(done.error(), console);
  print_done(options, false, *done, console);
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
  add_output(*verb, options->format);
  verb->final_callback(
      [options, &chosen] { chosen = [options](Console& console) { return suspend(*options, console); }; });
}

void add_resume(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("resume", "Ends a suspension");
  verb->footer("Example:\n  reconciler resume kind-dev --token-file token");
  const auto options = std::make_shared<SuspendOptions>();
  verb->add_option("ENVIRONMENT", options->name, "Which one")->required()->type_name("");
  add_service(*verb, options->service);
  add_output(*verb, options->format);
  verb->final_callback(
      [options, &chosen] { chosen = [options](Console& console) { return resume(*options, console); }; });
}

}  // namespace reconciler::cli
