#include <chrono>
#include <ostream>
#include <thread>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/flags.h"
#include "cli/json_text.h"
#include "cli/verbs.h"
#include "controller/environment.h"
#include "http/client.h"

namespace reconciler::cli {
namespace {

constexpr auto kPause = std::chrono::milliseconds(250);

struct SyncOptions {
  http::ClientOptions service;
  std::string name;
  bool wait = false;
  std::string timeout = "5m";
  OutputFormat format = OutputFormat::kText;
};

bool has_ended(const Json& last_sync, const std::string& id) {
  return text_at(last_sync, "/id") == id && text_at(last_sync, "/result") != "Running";
}

/// The `lastSync` of that id, once it has ended. While the service does not answer, it may be starting again.
Result<Json> wait_for(http::Client& client, const std::string& name, const std::string& id, Duration timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (true) {
    const auto status = client.environment(name);
    if (!status && status.error().kind != ErrorKind::kUnavailable) return fail(status.error());
    if (status && status->contains("lastSync") && has_ended(status->at("lastSync"), id)) return status->at("lastSync");
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(ErrorKind::kUnavailable,
                  "sync " + id + " did not end in time; 'reconciler status " + name + "' tells more");
    }
    std::this_thread::sleep_for(kPause);
  }
}

Exit print_ended(const Json& last_sync, OutputFormat format, Console& console) {
  const auto result = text_at(last_sync, "/result");
  if (format == OutputFormat::kJson) {
    console.out << last_sync.dump(2) << '\n';
  } else {
    console.out << "sync " << text_at(last_sync, "/id") << ": "
                << painted(result, result == "Succeeded" ? Colour::kGreen : Colour::kRed, console) << " at "
                << text_at(last_sync, "/revision") << '\n';
    if (const auto message = text_at(last_sync, "/message"); !message.empty()) console.err << message << '\n';
  }
  return result == "Succeeded" ? kOk : kFailed;
}

void print_asked(const std::string& id, OutputFormat format, Console& console) {
  if (format == OutputFormat::kJson) {
    console.out << Json{{"id", id}}.dump(2) << '\n';
  } else {
    console.out << "sync " << id << " is asked for\n";
  }
}

Exit sync(const SyncOptions& options, Console& console) {
  const auto timeout = controller::parse_duration(options.timeout);
  if (!timeout)
    return report({ErrorKind::kInvalid, "--timeout: expected a duration, as 30s or 5m", {}}, console), kUsage;
  const auto client = http::Client::open(options.service);
  if (!client) return report(client.error(), console), kUsage;
  const auto id = (*client)->sync(options.name);
  if (!id) return report(id.error(), console);
  if (!options.wait) return print_asked(*id, options.format, console), kOk;
  const auto ended = wait_for(**client, options.name, *id, *timeout);
  return ended ? print_ended(*ended, options.format, console) : report(ended.error(), console);
}

}  // namespace

void add_sync(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("sync", "Asks a running service to sync an environment now");
  verb->footer(
      "With --wait the exit code is 0 when the sync succeeded, 1 when it failed, 3 when it did not end in time.\n\n"
      "Example:\n"
      "  reconciler sync kind-dev --wait --token-file token");
  const auto options = std::make_shared<SyncOptions>();
  verb->add_option("ENVIRONMENT", options->name, "Which one")->required()->type_name("");
  verb->add_flag("--wait", options->wait, "Wait for the end of the sync");
  verb->add_option("--timeout", options->timeout, "How long to wait (5m)")->type_name("TIME");
  add_service(*verb, options->service);
  add_output(*verb, options->format);
  verb->final_callback(
      [options, &chosen] { chosen = [options](Console& console) { return sync(*options, console); }; });
}

}  // namespace reconciler::cli
