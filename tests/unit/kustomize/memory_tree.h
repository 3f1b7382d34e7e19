#pragma once

#include <map>
#include <string>
#include <utility>

#include "base/file_tree.h"

namespace reconciler::kustomize {

using Files = std::map<std::string, std::string>;

/// A tree of files in memory, without links.
class MemoryTree final : public FileTree {
 public:
  explicit MemoryTree(Files files) : files_(std::move(files)) {}

  Result<std::optional<EntryKind>> kind(const TreePath& path) const override {
    if (files_.contains(path)) return std::optional(EntryKind::kFile);
    for (const auto& [name, content] : files_) {
      if (is_within(name, path)) return std::optional(EntryKind::kFolder);
    }
    return std::optional<EntryKind>();
  }
  Result<TreePath> resolve(const TreePath& path) const override {
    TRY(const auto entry, kind(path));
    if (!entry) return fail(ErrorKind::kNotFound, "'" + path + "' does not exist");
    return path;
  }
  Result<TreeFile> read(const TreePath& path, const TreePath& within, std::size_t max_bytes) const override {
    const auto file = files_.find(path);
    if (file == files_.end()) return fail(ErrorKind::kNotFound, "'" + path + "' does not exist");
    if (!is_within(path, within)) return fail(ErrorKind::kInvalid, "outside");
    if (file->second.size() > max_bytes) return fail(ErrorKind::kInvalid, "'" + path + "' is too large");
    return TreeFile{path, file->second};
  }
  Result<std::vector<std::string>> list(const TreePath&) const override { return std::vector<std::string>(); }
  std::optional<std::string> content_id(const TreePath&) const override { return std::nullopt; }

 private:
  Files files_;
};

}  // namespace reconciler::kustomize
