#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/file_tree.h"

namespace reconciler::test {

/// A tree of files that is written down in the test: path and content of each file. Without links.
class MemoryTree final : public FileTree {
 public:
  explicit MemoryTree(std::map<TreePath, std::string> files) : files_(std::move(files)) {}

  Result<std::optional<EntryKind>> kind(const TreePath& path) const override {
    if (files_.count(path) != 0) return EntryKind::kFile;
    return is_folder(path) ? std::optional(EntryKind::kFolder) : std::nullopt;
  }

  Result<TreePath> resolve(const TreePath& path) const override {
    TRY(const auto found, kind(path));
    if (!found) return fail(ErrorKind::kNotFound, "there is no " + path);
    return path;
  }

  Result<TreeFile> read(const TreePath& path, const TreePath& within, std::size_t max_bytes) const override {
    const auto file = files_.find(path);
    if (file == files_.end()) return fail(ErrorKind::kNotFound, "there is no file " + path);
    if (!is_within(path, within)) return fail(ErrorKind::kInvalid, path + " is outside " + within);
    if (file->second.size() > max_bytes) return fail(ErrorKind::kInvalid, path + " is too large");
    return TreeFile{path, file->second};
  }

  Result<std::vector<std::string>> list(const TreePath& path) const override {
    if (!is_folder(path)) return fail(ErrorKind::kNotFound, "there is no folder " + path);
    const std::size_t begin = path.empty() ? 0 : path.size() + 1;
    std::set<std::string> names;
    for (const auto& [file, content] : files_) {
      if (is_within(file, path)) names.insert(file.substr(begin, file.find('/', begin) - begin));
    }
    return std::vector<std::string>(names.begin(), names.end());
  }

  std::optional<std::string> content_id(const TreePath&) const override { return std::nullopt; }

 private:
  bool is_folder(const TreePath& path) const {
    if (path.empty()) return true;
    for (const auto& [file, content] : files_) {
      if (file != path && is_within(file, path)) return true;
    }
    return false;
  }

  const std::map<TreePath, std::string> files_;
};

}  // namespace reconciler::test
