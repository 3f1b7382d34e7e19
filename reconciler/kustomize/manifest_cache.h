#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "yaml/parse.h"

namespace reconciler::kustomize {

/// What files of manifests hold, by their text: a file that an earlier build has read is copied instead of parsed, in
/// whatever tree, revision or overlay it stands. Keeps the texts used last, up to a bound. Thread-safe.
class ManifestCache {
 public:
  explicit ManifestCache(std::size_t max_bytes = 64u << 20) : max_bytes_(max_bytes) {}

  /// As yaml::parse_manifests(): one result a file; the documents are the caller's own. Files with errors are not kept.
  std::vector<Result<std::vector<yaml::Node*>>> parse(std::span<const yaml::ManifestFile> files, yaml::Arena& arena);

 private:
  struct File;
  using FilePtr = std::shared_ptr<const File>;
  struct Kept {
    FilePtr file;
    std::uint64_t used = 0;  ///< Grows with every use.
  };

  FilePtr find(std::string_view text);
  void keep(const FilePtr& file);
  void make_room();

  const std::size_t max_bytes_;
  std::mutex mutex_;
  std::unordered_map<std::string_view, Kept>
      files_;  ///< By text, which lives in the file. Guarded, as are the next two.
  std::size_t bytes_ = 0;
  std::uint64_t uses_ = 0;
};

}  // namespace reconciler::kustomize
