#include <chrono>
#include <ostream>
#include <thread>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/flags.h"
#include "cli/json_text.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "controller/environment.h"
#include "http/client.h"

namespace reconciler::cli {
namespace {

constexpr auto kPause = std::chrono::milliseconds(250);

struct SyncOptions {
  http::ClientOptions service;
  std::string name;
  std::string wait;  ///< "synced", "healthy", or "" not to.
  std::string timeout = "5m";
  OutputFormat format = OutputFormat::kText;
};

/// A later sync, whose identity is greater, has done what that one was asked for.
bool has_ended(const Json& last_sync, const std::string& id) {
  return text_at(last_sync, "/id") >= id && text_at(last_sync, "/result") != "Running";
}

/// Nothing is to be waited for any more: the sync failed, or its objects are as the caller wants them or will not be.
bool is_over(const Json& status, const SyncOptions& options) {
  const auto health = text_at(status, "/health");
  return options.wait == "synced" || text_at(status, "/lastSync/result") == "Failed" || health == "Healthy" ||
         health == "Degraded";
}

/// The status of the environment once the sync of that id has ended, and its health is known when that is waited for,
/// too. While the service does not answer, it may be starting again.
Result<Json> wait_for(http::Client& client, const SyncOptions& options, const std::string& id, Duration timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::string late = "sync " + id + " did not end in time; 'reconciler status " + options.name + "' tells more";
  bool has_synced = false;
  while (true) {
    auto status = client.environment(options.name);
    if (!status && status.error().kind != ErrorKind::kUnavailable) return status;
    has_synced = has_synced || (status && status->contains("lastSync") && has_ended(status->at("lastSync"), id));
    if (has_synced && status) {
      if (is_over(*status, options)) return status;
      late = "sync " + id + " ended, and its objects are not healthy in time: " + text_at(*status, "/message");
    }
    if (std::chrono::steady_clock::now() >= deadline) return fail(ErrorKind::kUnavailable, late);
    std::this_thread::sleep_for(kPause);
  }
}

void print_causes(const Json& last_sync, Console& console) {
  if (!last_sync.contains("errors")) return;
  for (const auto& cause : last_sync.at("errors")) {
    if (cause.is_string()) console.err << "  " << cause.get<std::string>() << '\n';
  }
}

Exit print_ended(const Json& status, const SyncOptions& options, Console& console) {
  const auto result = text_at(status, "/lastSync/result");
  const auto health = text_at(status, "/health");
  const bool is_good = result == "Succeeded" && (options.wait == "synced" || health == "Healthy");
  if (options.format == OutputFormat::kJson) {
    auto last_sync = status.at("lastSync");
    last_sync["health"] = health;
    console.out << last_sync.dump(2) << '\n';
  } else {
    console.out << "sync " << text_at(status, "/lastSync/id") << ": "
                << painted(result, result == "Succeeded" ? Colour::kGreen : Colour::kRed, console) << " at "
                << text_at(status, "/lastSync/revision") << ", " << painted(health, colour_of(health), console) << '\n';
    const auto message = text_at(status, result == "Succeeded" ? "/message" : "/lastSync/message");
    if (!message.empty()) console.err << message << '\n';
    if (result != "Succeeded") print_causes(status.at("lastSync"), console);
  }
  return is_good ? kOk : kFailed;
}

void print_asked(const std::string& id, OutputFormat format, Console& console) {
  if (format == OutputFormat::kJson) {
    console.out << Json{{"id", id}}.dump(2) << '\n';
  } else {
    console.out << "sync " << id << " is asked for\n";
  }
}

/// What keeps the sync from beginning now: nobody is asked whether it can.
void warn_of_outage(http::Client& client, const std::string& name, Console& console) {
  const auto status = client.environment(name);
  if (!status || !status->contains("conditions")) return;
  for (const auto& condition : status->at("conditions")) {
    const auto type = text_at(condition, "/type");
    const bool is_outage = (type == "Synced" && text_at(condition, "/reason") == "ClusterUnavailable") ||
                           (type == "SourceReady" && text_at(condition, "/status") == "False");
    if (is_outage) console.err << "warning: it waits, for now: " << text_at(condition, "/message") << '\n';
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
  warn_of_outage(**client, options.name, console);
  if (options.wait.empty()) return print_asked(*id, options.format, console), kOk;
  const auto ended = wait_for(**client, options, *id, *timeout);
  return ended ? print_ended(*ended, options, console) : report(ended.error(), console);
}

}  // namespace

void add_sync(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("sync", "Asks a running service to sync an environment now");
  verb->footer(
      "With --wait the exit code is 0 once the sync succeeded and its objects are healthy, 1 when it failed or one is\n"
      "degraded, 3 when neither was so in time. --wait=synced does not ask for their health.\n\n"
      "Example:\n"
      "  reconciler sync kind-dev --wait --token-file token");
  const auto options = std::make_shared<SyncOptions>();
  verb->add_option("ENVIRONMENT", options->name, "Which one")->required()->type_name("");
  verb->add_flag("--wait{healthy}", options->wait,
                 "Wait until it is healthy; or, as --wait=synced, until the sync ends")
      ->check(CLI::IsMember({"healthy", "synced"}).description(""))
      ->type_name("");
  verb->add_option("--timeout", options->timeout, "How long to wait (5m)")->type_name("TIME");
  add_service(*verb, options->service);
  add_output(*verb, options->format);
  verb->final_callback(
      [options, &chosen] { chosen = [options](Console& console) { return sync(*options, console); }; });
}

}  // namespace reconciler::cli
