#include "cli/rendering.h"

#include <cstdlib>
#include <filesystem>

#include <unistd.h>

#include "cli/flags.h"

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

remote::RemoteOptions remote_options(const RenderingFlags& flags) {
  remote::RemoteOptions remote;
  remote.folder = flags.cache_dir.empty() ? cache_folder() : flags.cache_dir;
  remote.hosts = host_list(flags.remote_hosts);
  remote.allows_local = true;
  return remote;
}

}  // namespace

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
  if (flags.enable_helm) charts_ = helm::helm_charts({flags.helm_command});
  if (!flags.no_remote) remote_ = remote::remote_cache(remote_options(flags));
}

RenderingMeans::RenderingMeans(const std::string& helm_command, const remote::RemoteOptions& remote)
    : remote_(remote::remote_cache(remote)) {
  if (!helm_command.empty()) charts_ = helm::helm_charts({helm_command});
}

void RenderingMeans::fill(kustomize::Options& options) const {
  options.charts = charts_.get();
  options.remote_bases = remote_.get();
}

Result<std::shared_ptr<const FileTree>> RealOutside::revision(const SourceFlags& flags) { return open_revision(flags); }

kustomize::RemoteBases* RealOutside::remote_bases(const RenderingFlags& flags) {
  remote_ = remote::remote_cache(remote_options(flags));
  return remote_.get();
}

}  // namespace reconciler::cli
