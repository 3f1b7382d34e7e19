#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "yaml/parse.h"

namespace reconciler::kustomize {

/// The documents of a file of manifests (yaml/packed.h), one behind the other. Immutable.
struct PackedFile {
  std::string documents;
};
using PackedFiles = std::vector<std::shared_ptr<const PackedFile>>;

/// Knows, by a digest of their texts, the files of manifests that somebody still has: such a file is unpacked instead
/// of parsed, in whatever tree, revision or overlay it stands. Thread-safe.
class ManifestCache {
 public:
  /// As yaml::parse_manifests(): one result a file; the documents are the caller's own. Adds to `used` what is to be
  /// kept for as long as the files shall be known: those with errors are not.
  std::vector<Result<std::vector<yaml::Node*>>> parse(std::span<const yaml::ManifestFile> files, yaml::Arena& arena,
                                                      PackedFiles& used);

 private:
  std::shared_ptr<const PackedFile> find(const std::string& digest);
  void keep(const std::string& digest, const std::shared_ptr<const PackedFile>& file);
  void forget_unused();

  std::mutex mutex_;
  std::unordered_map<std::string, std::weak_ptr<const PackedFile>> files_;  ///< By digest. Guarded.
};

}  // namespace reconciler::kustomize
