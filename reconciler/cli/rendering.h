#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "front/build.h"
#include "helm/helm_charts.h"
#include "kustomize/build.h"
#include "remote/remote_cache.h"

namespace reconciler::cli {

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

/// What is not on disk, by Git and the network.
class RealOutside : public Outside {
 public:
  Result<std::shared_ptr<const FileTree>> revision(const SourceFlags& flags) override;
  kustomize::RemoteBases* remote_bases(const RenderingFlags& flags) override;

 private:
  std::unique_ptr<kustomize::RemoteBases> remote_;
};

}  // namespace reconciler::cli
