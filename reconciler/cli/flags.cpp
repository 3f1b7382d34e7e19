#include "cli/flags.h"

#include <CLI/CLI.hpp>

#include "base/folder_tree.h"
#include "front/choice.h"
#include "git/repository.h"

namespace reconciler::cli {
namespace {

Result<std::shared_ptr<const FileTree>> open_shared(const std::string& folder) {
  TRY(auto tree, open_folder(folder));
  return std::shared_ptr<const FileTree>(std::move(tree));
}

}  // namespace

void add_output(CLI::App& verb, OutputFormat& format) {
  static const std::map<std::string, OutputFormat> kNames = {{"text", OutputFormat::kText},
                                                             {"json", OutputFormat::kJson}};
  verb.add_option("--output", format, "How to print: text (default) or json")
      ->transform(one_of(kNames))
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

Result<std::shared_ptr<const FileTree>> open_revision(const SourceFlags& flags) {
  TRY(const auto repository, git::open_local(flags.repository.empty() ? "." : flags.repository));
  TRY(const auto commit, repository->commit(flags.revision));
  return repository->tree(commit.id);
}

Result<OpenSource> open_root(const SourceFlags& flags) {
  auto tree =
      flags.revision.empty() ? open_shared(flags.repository.empty() ? "." : flags.repository) : open_revision(flags);
  if (!tree) return fail(std::move(tree.error()));
  return OpenSource{std::move(*tree), ""};
}

}  // namespace reconciler::cli
