#include "cli/flags.h"

#include <filesystem>

#include <CLI/CLI.hpp>

#include "base/folder_tree.h"
#include "git/repository.h"

namespace reconciler::cli {
namespace {

Result<std::shared_ptr<const FileTree>> open_revision(const SourceFlags& flags) {
  TRY(const auto repository, git::open_local(flags.repository.empty() ? "." : flags.repository));
  TRY(const auto commit, repository->commit(flags.revision));
  return repository->tree(commit.id);
}

Result<std::shared_ptr<const FileTree>> open_shared(const std::string& folder) {
  TRY(auto tree, open_folder(folder));
  return std::shared_ptr<const FileTree>(std::move(tree));
}

/// The folder of a tree that the command line names as `path`.
Result<OpenSource> open_inside(std::shared_ptr<const FileTree> tree, const std::string& place,
                               const std::string& path) {
  TRY(auto inside, join("", place));
  TRY(const auto kind, tree->kind(inside));
  if (kind != EntryKind::kFolder) return fail(ErrorKind::kNotFound, "there is no folder '" + path + "'");
  return OpenSource{std::move(tree), std::move(inside)};
}

}  // namespace

void add_output(CLI::App& verb, OutputFormat& format) {
  static const std::map<std::string, OutputFormat> kNames = {{"text", OutputFormat::kText},
                                                             {"json", OutputFormat::kJson}};
  verb.add_option("--output", format, "How to print: text (default) or json")
      ->transform(CLI::CheckedTransformer(kNames).description(""))
      ->type_name("FORMAT");
}

void add_cluster(CLI::App& verb, ClusterFlags& flags) {
  verb.add_option("--kubeconfig", flags.kubeconfig, "Configuration of the cluster; as kubectl finds it when not given")
      ->type_name("FILE");
  verb.add_option("--context", flags.context, "Context in it; the current one when not given")->type_name("NAME");
}

void add_service(CLI::App& verb, http::ClientOptions& options) {
  verb.add_option("--server", options.server,
                  "Where the service listens; else $RECONCILER_SERVER, else " + options.server)
      ->envname("RECONCILER_SERVER")
      ->type_name("URL");
  verb.add_option("--token-file", options.token_file, "File with the bearer token; else $RECONCILER_TOKEN_FILE")
      ->envname("RECONCILER_TOKEN_FILE")
      ->type_name("FILE");
}

void add_source(CLI::App& verb, SourceFlags& flags) {
  verb.add_option("--repo", flags.repository,
                  "Local repository of --revision; the one around this folder when not given")
      ->type_name("DIR");
  verb.add_option("--revision", flags.revision, "Read a commit, branch or tag instead of the files on disk")
      ->type_name("REV");
}

Result<OpenSource> open_source(const SourceFlags& flags, const std::string& path) {
  if (!flags.revision.empty()) {
    TRY(auto tree, open_revision(flags));
    return open_inside(std::move(tree), path, path);
  }
  TRY(auto tree, open_shared("/"));
  std::error_code error;
  const auto folder = std::filesystem::absolute(std::filesystem::path(flags.repository) / path, error);
  if (error) return fail(ErrorKind::kNotFound, "there is no current folder: " + error.message());
  return open_inside(std::move(tree), folder.lexically_normal().relative_path().string(), path);
}

Result<OpenSource> open_root(const SourceFlags& flags) {
  auto tree =
      flags.revision.empty() ? open_shared(flags.repository.empty() ? "." : flags.repository) : open_revision(flags);
  if (!tree) return fail(std::move(tree.error()));
  return OpenSource{std::move(*tree), ""};
}

}  // namespace reconciler::cli
