#include "validate/validate.h"

#include <algorithm>
#include <filesystem>

#include <CLI/CLI.hpp>

#include "cli/findings.h"
#include "cli/flags.h"
#include "cli/rendering.h"
#include "cli/verbs.h"
#include "controller/environment.h"
#include "front/choice.h"
#include "kustomize/build.h"

namespace reconciler::cli {
namespace {

enum class Format { kText, kJson, kSarif };

struct ValidateOptions {
  std::vector<std::string> paths;
  SourceFlags source;
  std::string environments = "environments";
  Format format = Format::kText;
  RenderingFlags rendering;
};

/// Renders an overlay and looks at what comes out.
void examine(Examined& examined, const FileTree& tree, const TreePath& overlay, const kustomize::Options& kustomize,
             const std::string& default_namespace) {
  const auto rendering = kustomize::build(tree, overlay, kustomize);
  if (!rendering) {
    examined.findings = findings_of(rendering.error(), kBuildRule, examined.path);
    return;
  }
  examined.objects = rendering->manifests().size();
  auto findings = validate::validate(rendering->manifests(), {default_namespace});
  examined.findings = findings ? std::move(*findings) : findings_of(findings.error(), kBuildRule, examined.path);
}

Result<std::vector<Examined>> examine_environments(const OpenSource& source, const std::string& folder_name,
                                                   const kustomize::Options& kustomize) {
  TRY(const auto folder, join(source.path, folder_name));
  TRY(const auto environments, controller::read_environments(*source.tree, folder));
  std::vector<Examined> all;
  for (const auto& bad : environments.bad)
    all.push_back({bad.name, "", 0, false, findings_of(bad.error, kEnvironmentRule, folder)});
  for (const auto& [name, environment] : environments.good) {
    const auto& [repository, branch, path] = environment.source;
    Examined& examined = all.emplace_back(name, path, 0, !repository.empty());
    if (!examined.elsewhere)
      examine(examined, *source.tree, path, kustomize,
              environment.namespace_.empty() ? "default" : environment.namespace_);
  }
  return all;
}

bool has_entry(const OpenSource& source, const std::string& name, EntryKind kind) {
  const auto path = join(source.path, name);
  const auto there = path ? source.tree->kind(*path) : fail(path.error());
  return there && *there == kind;
}

bool is_overlay(const OpenSource& source) {
  return std::ranges::any_of(
      std::initializer_list<const char*>{"kustomization.yaml", "kustomization.yml", "Kustomization"},
      [&](const char* name) { return has_entry(source, name, EntryKind::kFile); });
}

/// One path of the command line: an overlay, or a repository.
Result<std::vector<Examined>> examine_path(const ValidateOptions& options, const std::string& path,
                                           kustomize::Options kustomize) {
  RealOutside outside;
  TRY(const auto source, open_source(options.source, path, outside));
  if (!is_overlay(source) && has_entry(source, options.environments, EntryKind::kFolder)) {
    if (!options.source.revision.empty()) return examine_environments(source, options.environments, kustomize);
    TRY(const auto root, open_root({(std::filesystem::path(options.source.repository) / path).string(), ""}));
    return examine_environments(root, options.environments, kustomize);
  }
  if (options.source.revision.empty()) {
    kustomize.host_root = "/";
    std::error_code gone;
    kustomize.shown_from = std::filesystem::current_path(gone).relative_path().string();
  }
  Examined examined{path, path, 0, false, {}};
  examine(examined, *source.tree, source.path, kustomize, "");
  return std::vector{std::move(examined)};
}

Result<std::vector<Examined>> examine_all(const ValidateOptions& options) {
  const RenderingMeans means(options.rendering);
  kustomize::Options kustomize;
  means.fill(kustomize);
  if (options.paths.empty()) {
    TRY(const auto root, open_root(options.source));
    return examine_environments(root, options.environments, kustomize);
  }
  std::vector<Examined> all;
  for (const auto& path : options.paths) {
    TRY(auto more, examine_path(options, path, kustomize));
    std::ranges::move(more, std::back_inserter(all));
  }
  return all;
}

Exit validate(const ValidateOptions& options, Console& console) {
  const auto all = examine_all(options);
  if (!all) return report(all.error(), console) == kUnavailable ? kUnavailable : kUsage;
  switch (options.format) {
    case Format::kText:
      print_text(*all, console);
      break;
    case Format::kJson:
      print_json(*all, console);
      break;
    case Format::kSarif:
      print_sarif(*all, console);
      break;
  }
  return std::ranges::all_of(*all, [](const Examined& each) { return each.findings.empty(); }) ? kOk : kFailed;
}

void add_format(CLI::App& verb, Format& format) {
  static const std::map<std::string, Format> kNames = {
      {"text", Format::kText}, {"json", Format::kJson}, {"sarif", Format::kSarif}};
  verb.add_option("--output", format, "How to print: text (default), json or sarif (2.1.0)")
      ->transform(one_of(kNames))
      ->type_name("FORMAT");
}

}  // namespace

void add_validate(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("validate", "Checks overlays as a whole, or all environments, without any cluster");
  verb->footer(
      "PATH is the folder of an overlay, or of a repository with environments, whose overlays are rendered from there\n"
      "whatever branch they follow. Without PATH: the repository of --repo, else this folder. With --revision, paths\n"
      "are those of the commit. The README has the rules, and how an object opts out of one.\n\n"
      "Exit codes: 0 nothing found, 1 something found, error or warning; 2 wrong command line or no such folder.\n\n"
      "Example:\n"
      "  reconciler validate overlays/kind-dev --output sarif");
  const auto options = std::make_shared<ValidateOptions>();
  verb->add_option("PATH", options->paths, "Folders of overlays or repositories")->type_name("");
  verb->add_option("--environments", options->environments, "The folder of the environments' files (environments)")
      ->type_name("DIR");
  add_source(*verb, options->source);
  add_rendering(*verb, options->rendering);
  add_format(*verb, options->format);
  verb->final_callback(
      [options, &chosen] { chosen = [options](Console& console) { return validate(*options, console); }; });
}

}  // namespace reconciler::cli
