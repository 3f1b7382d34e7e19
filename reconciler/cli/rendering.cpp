#include "cli/rendering.h"

#include <cstdlib>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <unistd.h>

namespace reconciler::cli {
namespace {

/// By the XDG base directory specification; without a home, a folder for temporary files that is the user's own.
std::string cache_folder() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0')
    return std::string(cache) + "/reconciler";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    return std::string(home) + "/.cache/reconciler";
  std::error_code ignored;
  return (std::filesystem::temp_directory_path(ignored) / ("reconciler-cache-" + std::to_string(getuid()))).string();
}

std::unique_ptr<kustomize::Charts> charts_by(const std::string& command) {
  helm::HelmOptions options;
  options.command = command;
  return helm::helm_charts(options);
}

}  // namespace

void add_rendering(CLI::App& verb, RenderingFlags& flags) {
  verb.add_flag("--enable-helm", flags.enable_helm, "Render helmCharts by the helm program");
  verb.add_option("--helm-command", flags.helm_command, "The helm program (helm)")->type_name("PROGRAM");
  verb.add_flag("--no-remote", flags.no_remote, "Refuse bases and files of other repositories and web servers");
  verb.add_option("--remote-hosts", flags.remote_hosts, "Hosts that they may come from, with commas (all)")
      ->type_name("LIST");
  verb.add_option("--cache-dir", flags.cache_dir, "For copies of them ($XDG_CACHE_HOME/reconciler)")->type_name("DIR");
}

std::optional<std::set<std::string>> host_list(const std::string& text) {
  if (text.empty()) return std::nullopt;
  std::set<std::string> hosts;
  for (std::size_t from = 0; from <= text.size();) {
    const auto end = std::min(text.find(',', from), text.size());
    if (end > from) hosts.insert(text.substr(from, end - from));
    from = end + 1;
  }
  return hosts;
}

RenderingMeans::RenderingMeans(const RenderingFlags& flags) {
  if (flags.enable_helm) charts_ = charts_by(flags.helm_command);
  if (flags.no_remote) return;
  remote::RemoteOptions remote;
  remote.folder = flags.cache_dir.empty() ? cache_folder() : flags.cache_dir;
  remote.hosts = host_list(flags.remote_hosts);
  remote.allows_local = true;
  remote_ = remote::remote_cache(remote);
}

RenderingMeans::RenderingMeans(const std::string& helm_command, const remote::RemoteOptions& remote)
    : remote_(remote::remote_cache(remote)) {
  if (!helm_command.empty()) charts_ = charts_by(helm_command);
}

void RenderingMeans::fill(kustomize::Options& options) const {
  options.charts = charts_.get();
  options.remote_bases = remote_.get();
}

}  // namespace reconciler::cli
