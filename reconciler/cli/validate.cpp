#include <ostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/flags.h"
#include "cli/rendering.h"
#include "cli/verbs.h"
#include "controller/environment.h"
#include "kustomize/build.h"

namespace reconciler::cli {
namespace {

struct ValidateOptions {
  SourceFlags source;
  std::string environments = "environments";
  OutputFormat format = OutputFormat::kText;
  RenderingFlags rendering;
};

/// What became of one environment.
struct Finding {
  std::string name;
  std::string path;         ///< Of the overlay; "" when it is not known.
  std::size_t objects = 0;  ///< Rendered.
  bool elsewhere = false;   ///< Its overlay is in another repository, and was not looked at.
  std::optional<Error> error;
};

Finding render(const controller::Environment& environment, const FileTree& tree, const kustomize::Options& options) {
  Finding finding{environment.name, environment.source.path, 0, !environment.source.repository.empty(), {}};
  if (finding.elsewhere) return finding;
  const auto rendering = kustomize::build(tree, environment.source.path, options);
  if (rendering)
    finding.objects = rendering->manifests().size();
  else
    finding.error = rendering.error();
  return finding;
}

Result<std::vector<Finding>> examine(const ValidateOptions& options) {
  TRY(const auto source, open_root(options.source));
  TRY(const auto folder, join(source.path, options.environments));
  TRY(const auto environments, controller::read_environments(*source.tree, folder));
  const RenderingMeans means(options.rendering);
  kustomize::Options kustomize;
  means.fill(kustomize);
  std::vector<Finding> findings;
  for (const auto& bad : environments.bad) findings.push_back({bad.name, "", 0, false, bad.error});
  for (const auto& [name, environment] : environments.good)
    findings.push_back(render(environment, *source.tree, kustomize));
  return findings;
}

Json to_json(const Finding& finding) {
  Json errors = Json::array();
  if (finding.error && finding.error->causes.empty()) errors.push_back({{"message", finding.error->message}});
  for (const auto& cause : finding.error.value_or(Error{}).causes) {
    errors.push_back({{"where", cause.where}, {"field", cause.field}, {"message", cause.message}});
  }
  return {{"name", finding.name}, {"path", finding.path}, {"objects", finding.objects}, {"errors", std::move(errors)}};
}

void print_text(const Finding& finding, Console& console) {
  if (finding.error) {
    console.err << finding.name << ": invalid: " << finding.error->text() << '\n';
  } else if (finding.elsewhere) {
    console.out << finding.name << ": not looked at, its overlay is in another repository\n";
  } else {
    console.out << finding.name << ": " << painted("valid", Colour::kGreen, console) << ", " << finding.objects
                << " objects\n";
  }
}

Exit validate(const ValidateOptions& options, Console& console) {
  const auto findings = examine(options);
  if (!findings) return report(findings.error(), console);
  Json json = Json::array();
  bool valid = true;
  for (const auto& finding : *findings) {
    valid = valid && !finding.error;
    options.format == OutputFormat::kJson ? json.push_back(to_json(finding)) : print_text(finding, console);
  }
  if (options.format == OutputFormat::kJson) {
    console.out << Json{{"valid", valid}, {"environments", std::move(json)}}.dump(2) << '\n';
  }
  return valid ? kOk : kFailed;
}

}  // namespace

void add_validate(CLI::App& app, Chosen& chosen) {
  auto* verb =
      app.add_subcommand("validate", "Checks all environments and renders their overlays, without any cluster");
  verb->footer(
      "Reads the files of the repository's folder (--repo, else this folder) or of a commit (--revision), and renders "
      "every\n"
      "overlay from there, whatever branch its environment follows. Prints every error with file and line; exit code "
      "1\n"
      "when there is one.\n\n"
      "Example:\n"
      "  reconciler validate --revision HEAD");
  const auto options = std::make_shared<ValidateOptions>();
  verb->add_option("--environments", options->environments, "The folder of the environments' files (environments)")
      ->type_name("DIR");
  add_source(*verb, options->source);
  add_rendering(*verb, options->rendering);
  add_output(*verb, options->format);
  verb->final_callback(
      [options, &chosen] { chosen = [options](Console& console) { return validate(*options, console); }; });
}

}  // namespace reconciler::cli
