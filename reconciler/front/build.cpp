#include "front/build.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <set>

#include <CLI/CLI.hpp>

#include "base/folder_tree.h"
#include "front/choice.h"
#include "helm/helm_charts.h"
#include "kustomize/id.h"

namespace reconciler::cli {
namespace {

struct BuildOptions {
  SourceFlags source;
  kustomize::Options kustomize;
  std::string path = ".";
  std::string output;
  RenderingFlags rendering;
  std::vector<std::string> variables;  // These two are taken so that a command line of kustomize fits, and change
  bool as_current_user = false;        // nothing: they are for functions in containers, which are refused.
};

/// A target in another repository.
Result<OpenSource> open_remote(const kustomize::RepoSpec& spec, const kustomize::Options& options) {
  if (options.remote_bases == nullptr) return fail(ErrorKind::kInvalid, "remote targets are refused (--no-remote)");
  TRY(const auto remote, options.remote_bases->repository(spec));
  return OpenSource{remote.tree, spec.path};
}

/// The folder of a tree that the command line names as `path`.
Result<OpenSource> open_inside(std::shared_ptr<const FileTree> tree, const std::string& place,
                               const std::string& path) {
  TRY(auto inside, join("", place));
  TRY(const auto kind, tree->kind(inside));
  if (kind != EntryKind::kFolder) return fail(ErrorKind::kNotFound, "there is no folder '" + path + "'");
  return OpenSource{std::move(tree), std::move(inside)};
}

/// What the command line names, with what the rendering has to know of its place.
Result<OpenSource> open_target(const BuildOptions& options, kustomize::Options& kustomize, Outside& outside) {
  if (!options.source.revision.empty()) return open_source(options.source, options.path, outside);
  if (const auto spec = kustomize::parse_repo_spec(options.path)) return open_remote(*spec, kustomize);
  kustomize.host_root = "/";
  std::error_code gone;
  kustomize.shown_from = std::filesystem::current_path(gone).relative_path().string();
  return open_source(options.source, options.path, outside);
}

Status write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text << std::flush;
  if (file) return {};
  return fail(ErrorKind::kInvalid, "cannot write '" + path.string() + "'");
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

kustomize::Id id_of(const Manifest& manifest) {
  return kustomize::make_id(kustomize::gvk_of(manifest.api_version, manifest.key.type.kind), manifest.key.name,
                            manifest.key.namespace_);
}

/// As kustomize names them: `apps_v1_deployment_nats.yaml`; with the namespace before it, where objects of several are
/// written.
std::string file_name(const kustomize::Id& id, bool with_namespace) {
  std::string name;
  const auto add = [&](std::string_view part) { name.append(name.empty() || part.empty() ? "" : "_").append(part); };
  if (with_namespace && !id.is_cluster_scoped()) add(id.namespace_);
  for (const auto part : {id.type.group, id.type.version, id.type.kind, id.name}) add(part);
  std::ranges::replace(name, '/', '_');
  return lower(name + ".yaml");
}

Status write_folder(const std::filesystem::path& folder, const Rendered& manifests) {
  std::set<std::string_view> namespaces;
  for (const auto& manifest : manifests) {
    if (const auto id = id_of(manifest); !id.is_cluster_scoped()) namespaces.insert(id.namespace_);
  }
  for (const auto& manifest : manifests) {
    TRY(const auto text, kustomize::Rendering({manifest}).yaml());
    TRY_VOID(write_file(folder / file_name(id_of(manifest), namespaces.size() > 1), text));
  }
  return {};
}

/// How to end when the target cannot be rendered. What an overlay names and is not there is no mistake of the command
/// line.
Exit report_rendering(const Error& error, Console& console) {
  return report(error, console) == kUnavailable ? kUnavailable : kFailed;
}

Exit finish(const Status& written, const std::vector<std::string>& notes, Console& console) {
  for (const auto& note : notes) console.err << "warning: " << note << '\n';
  return written ? kOk : report(written.error(), console);
}

Exit build_folder(const OpenSource& target, const kustomize::Options& options, const std::string& folder,
                  Console& console) {
  const auto rendering = kustomize::build(*target.tree, target.path, options);
  if (!rendering) return report_rendering(rendering.error(), console);
  return finish(write_folder(folder, rendering->manifests()), rendering->notes(), console);
}

Exit build_text(const OpenSource& target, const kustomize::Options& options, const std::string& file,
                Console& console) {
  const auto documents = kustomize::build_documents(*target.tree, target.path, options);
  if (!documents) return report_rendering(documents.error(), console);
  if (!file.empty()) return finish(write_file(file, documents->yaml), documents->notes, console);
  console.out << documents->yaml;
  return finish({}, documents->notes, console);
}

Exit build(const BuildOptions& options, Outside& outside, Console& console) {
  auto kustomize = options.kustomize;
  const auto charts = options.rendering.enable_helm ? helm::helm_charts({options.rendering.helm_command}) : nullptr;
  kustomize.charts = charts.get();
  if (!options.rendering.no_remote) kustomize.remote_bases = outside.remote_bases(options.rendering);
  const auto target = open_target(options, kustomize, outside);
  if (!target) return report(target.error(), console) == kUnavailable ? kUnavailable : kUsage;
  std::error_code ignored;
  const bool is_folder = !options.output.empty() && std::filesystem::is_directory(options.output, ignored);
  kustomize.one_file_an_object = is_folder;
  return (is_folder ? build_folder : build_text)(*target, kustomize, options.output, console);
}

void add_kustomize(CLI::App& verb, BuildOptions& options) {
  static const std::map<std::string, kustomize::LoadRestrictions> kRestrictions = {
      {"LoadRestrictionsRootOnly", kustomize::LoadRestrictions::kRootOnly},
      {"LoadRestrictionsNone", kustomize::LoadRestrictions::kNone}};
  static const std::map<std::string, kustomize::Reorder> kOrders = {{"legacy", kustomize::Reorder::kLegacy},
                                                                    {"none", kustomize::Reorder::kNone}};
  verb.add_option("--load-restrictor", options.kustomize.load_restrictions,
                  "LoadRestrictionsRootOnly (default): files of an overlay lie in its folder; or LoadRestrictionsNone")
      ->transform(one_of(kRestrictions))
      ->type_name("NAME");
  verb.add_option("--reorder", options.kustomize.reorder, "legacy (default): by kind; or none: as read")
      ->transform(one_of(kOrders))
      ->type_name("ORDER");
  verb.add_flag("--enable-managedby-label", options.kustomize.managed_by_label, "Add app.kubernetes.io/managed-by");
  verb.add_option("-e,--env", options.variables, "Taken for kustomize's sake; no function is ever run")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  verb.add_flag("--as-current-user", options.as_current_user, "Taken for kustomize's sake; no function is ever run");
}

}  // namespace

void add_source(CLI::App& verb, SourceFlags& flags) {
  verb.add_option("--repo", flags.repository,
                  "Local repository of --revision; the one around this folder when not given")
      ->type_name("DIR");
  verb.add_option("--revision", flags.revision, "Read a commit, branch or tag instead of the files on disk")
      ->type_name("REV");
}

Result<OpenSource> open_source(const SourceFlags& flags, const std::string& path, Outside& outside) {
  if (!flags.revision.empty()) {
    TRY(auto tree, outside.revision(flags));
    return open_inside(std::move(tree), path, path);
  }
  TRY(auto tree, open_folder("/"));
  std::error_code error;
  const auto folder = std::filesystem::absolute(std::filesystem::path(flags.repository) / path, error);
  if (error) return fail(ErrorKind::kNotFound, "there is no current folder: " + error.message());
  return open_inside(std::move(tree), folder.lexically_normal().relative_path().string(), path);
}

void add_rendering(CLI::App& verb, RenderingFlags& flags) {
  verb.add_flag("--enable-helm", flags.enable_helm, "Render helmCharts by the helm program");
  verb.add_option("--helm-command", flags.helm_command, "The helm program (helm)")->type_name("PROGRAM");
  verb.add_flag("--no-remote", flags.no_remote, "Refuse bases and files of other repositories and web servers");
  verb.add_option("--remote-hosts", flags.remote_hosts, "Hosts that they may come from, with commas (all)")
      ->type_name("LIST");
  verb.add_option("--cache-dir", flags.cache_dir, "For copies of them ($XDG_CACHE_HOME/reconciler)")->type_name("DIR");
}

void add_build(CLI::App& app, Chosen& chosen, Outside& outside) {
  auto* verb = app.add_subcommand("build", "Prints what an overlay renders to, as 'kustomize build' does");
  verb->footer(
      "Example:\n"
      "  reconciler build overlays/kind-dev --revision HEAD~1");
  const auto options = std::make_shared<BuildOptions>();
  verb->add_option("PATH", options->path,
                   "The overlay's folder (this one), in the repository with --revision; or a Git URL, as "
                   "https://host/org/repo//path?ref=v1")
      ->type_name("");
  verb->add_option("-o,--output", options->output, "Write to a file, or to one file an object in an existing folder")
      ->type_name("FILE|DIR");
  add_source(*verb, options->source);
  add_kustomize(*verb, *options);
  add_rendering(*verb, options->rendering);
  verb->final_callback([options, &chosen, &outside] {
    chosen = [options, &outside](Console& console) { return build(*options, outside, console); };
  });
}

}  // namespace reconciler::cli
