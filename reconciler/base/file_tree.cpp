#include "base/file_tree.h"

namespace reconciler {

Result<TreePath> join(const TreePath& from, std::string_view path) {
  if (!path.empty() && path.front() == '/') {
    return fail(ErrorKind::kInvalid,
                "path '" + std::string(path) + "' is absolute; write it relative to the folder that names it");
  }
  TreePath joined = from;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto part = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      if (!joined.empty()) joined += '/';
      joined += part;
    } else if (joined.empty()) {
      return fail(ErrorKind::kInvalid, "path leads out of the tree's root");
    } else {
      joined = parent(joined);
    }
  }
  return joined;
}

TreePath parent(const TreePath& path) {
  const auto slash = path.rfind('/');
  return slash == TreePath::npos ? TreePath() : path.substr(0, slash);
}

bool is_within(const TreePath& path, const TreePath& folder) {
  if (folder.empty() || path == folder) return true;
  return path.size() > folder.size() && path.compare(0, folder.size(), folder) == 0 && path[folder.size()] == '/';
}

}  // namespace reconciler
