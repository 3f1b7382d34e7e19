#include <ostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/flags.h"
#include "cli/verbs.h"

namespace reconciler::cli {
namespace {

Exit version(OutputFormat format, Console& console) {
  if (format == OutputFormat::kJson) {
    console.out << nlohmann::json{{"version", RECONCILER_VERSION}} << '\n';
  } else {
    console.out << "reconciler " << RECONCILER_VERSION << '\n';
  }
  return kOk;
}

}  // namespace

void add_version(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("version", "Prints the version");
  verb->footer("Example:\n  reconciler version --output json");
  const auto format = std::make_shared<OutputFormat>(OutputFormat::kText);
  add_output(*verb, *format);
  verb->final_callback(
      [format, &chosen] { chosen = [format](Console& console) { return version(*format, console); }; });
}

}  // namespace reconciler::cli
