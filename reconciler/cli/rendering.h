#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "helm/helm_charts.h"
#include "kustomize/build.h"
#include "remote/remote_cache.h"

namespace CLI {
class App;
}

namespace reconciler::cli {

/// What a rendering may use of the outside.
struct RenderingFlags {
  std::string helm_command = "helm";
  bool enable_helm = false;
  bool no_remote = false;
  std::string remote_hosts;  ///< With commas; "" allows all.
  std::string cache_dir;     ///< "" follows $XDG_CACHE_HOME.
};
/// `--enable-helm --helm-command PROGRAM --no-remote --remote-hosts LIST --cache-dir DIR`.
void add_rendering(CLI::App& verb, RenderingFlags& flags);

/// The names of a list with commas; nothing for "".
std::optional<std::set<std::string>> host_list(const std::string& text);

/// The real means of rendering. The options that it fills point into it.
class RenderingMeans {
 public:
  /// For a command line, where remote bases of this machine are allowed.
  explicit RenderingMeans(const RenderingFlags& flags);
  /// For a service; "" as helm's program refuses charts.
  RenderingMeans(const std::string& helm_command, const remote::RemoteOptions& remote);

  void fill(kustomize::Options& options) const;
  kustomize::RemoteBases* remote_bases() const { return remote_.get(); }

 private:
  std::unique_ptr<kustomize::Charts> charts_;
  std::unique_ptr<kustomize::RemoteBases> remote_;
};

}  // namespace reconciler::cli
