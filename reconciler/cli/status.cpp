#include <ostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/flags.h"
#include "cli/json_text.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "http/client.h"

namespace reconciler::cli {
namespace {

struct StatusOptions {
  http::ClientOptions service;
  std::string name;
  bool objects = false;
  OutputFormat format = OutputFormat::kText;
};

Cell status_cell(const Json& json, const char* pointer) {
  const auto word = text_at(json, pointer);
  return {word, colour_of(word)};
}

Row environment_row(const Json& json) {
  return {{text_at(json, "/name")},
          {text_at(json, "/source/branch")},
          {text_at(json, "/revision/applied").substr(0, 12)},
          status_cell(json, "/sync"),
          status_cell(json, "/health"),
          {text_at(json, "/objects/synced") + "/" + text_at(json, "/objects/total")},
          {text_at(json, "/message")}};
}

Row object_row(const Json& json) {
  const auto space = text_at(json, "/namespace");
  return {{text_at(json, "/kind")},
          {(space.empty() ? "" : space + "/") + text_at(json, "/name")},
          {text_at(json, "/revision").substr(0, 12)},
          status_cell(json, "/sync"),
          status_cell(json, "/health"),
          {text_at(json, "/message")}};
}

void print_rows(Row head, const Json& items, Row (*row_of)(const Json&), Console& console) {
  std::vector<Row> rows{std::move(head)};
  for (const auto& item : items) rows.push_back(row_of(item));
  print_table(rows, console);
}

void print_changes(const Json& objects, Console& console) {
  for (const auto& object : objects) {
    if (!object.contains("changes")) continue;
    console.out << '\n' << text_at(object, "/kind") << ' ' << text_at(object, "/name") << ", now -> in Git:\n";
    for (const auto& change : object["changes"]) {
      console.out << "    " << text_at(change, "/path") << ": " << change.value("before", "absent") << " -> "
                  << change.value("after", "absent") << '\n';
    }
  }
}

Result<Json> ask(http::Client& client, const StatusOptions& options) {
  if (options.name.empty()) return client.environments();
  return options.objects ? client.objects(options.name) : client.environment(options.name);
}

Exit status(const StatusOptions& options, Console& console) {
  const auto client = http::Client::open(options.service);
  if (!client) return report(client.error(), console), kUsage;
  const auto answer = ask(**client, options);
  if (!answer) return report(answer.error(), console);
  if (options.format == OutputFormat::kJson) {
    console.out << answer->dump(2) << '\n';
  } else if (options.objects) {
    print_rows({{"KIND"}, {"NAME"}, {"REVISION"}, {"SYNC"}, {"HEALTH"}, {"MESSAGE"}}, *answer, object_row, console);
    print_changes(*answer, console);
  } else {
    print_rows({{"NAME"}, {"BRANCH"}, {"REVISION"}, {"SYNC"}, {"HEALTH"}, {"OBJECTS"}, {"MESSAGE"}},
               answer->is_array() ? *answer : Json::array({*answer}), environment_row, console);
  }
  return kOk;
}

}  // namespace

void add_status(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("status", "Shows the environments of a running service");
  verb->footer(
      "Exit code 0 says that the service answered; the answer may well be that something failed.\n\n"
      "Example:\n"
      "  reconciler status kind-dev --objects");
  const auto options = std::make_shared<StatusOptions>();
  auto* name = verb->add_option("ENVIRONMENT", options->name, "Only this one")->type_name("");
  verb->add_flag("--objects", options->objects, "Show its objects instead")->needs(name);
  add_service(*verb, options->service);
  add_output(*verb, options->format);
  verb->final_callback(
      [options, &chosen] { chosen = [options](Console& console) { return status(*options, console); }; });
}

}  // namespace reconciler::cli
