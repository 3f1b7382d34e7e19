#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace reconciler {

/// Paths inside a tree are relative to its root, with `/`, without `.` or `..`, without a leading or trailing `/`.
/// The root itself is "".
using TreePath = std::string;

enum class EntryKind { kFile, kFolder };

/// A file as it was read.
struct TreeFile {
  TreePath path;  ///< Where the content really is, when every link is followed.
  std::string content;
};

/// A read-only tree of files: a folder on disk or a tree of a Git commit. The only way in which overlays read anything.
/// Symbolic links are followed inside the tree; one that leads out of it is an error, as is one that leads in a circle.
/// Safe on hostile input by itself: no caller has to check a path first. Thread-safe for concurrent reads.
class FileTree {
 public:
  virtual ~FileTree() = default;

  /// What stands at `path`, links followed; nothing when there is nothing. Errors: kInvalid for a path or link that
  /// leads out.
  virtual Result<std::optional<EntryKind>> kind(const TreePath& path) const = 0;

  /// Where `path` (a file or folder) ends when every link is followed. Errors: kNotFound, kInvalid.
  virtual Result<TreePath> resolve(const TreePath& path) const = 0;

  /// The file at `path`, when it lies inside the folder `within` after every link is followed ("" allows the whole
  /// tree). Errors: kNotFound; kInvalid when it is a folder or special file, lies outside `within`, or is larger than
  /// `max_bytes`.
  virtual Result<TreeFile> read(const TreePath& path, const TreePath& within, std::size_t max_bytes) const = 0;

  /// The names in a folder, sorted by bytes. Errors: kNotFound, kInvalid.
  virtual Result<std::vector<std::string>> list(const TreePath& path) const = 0;

  /// A name for the content of the folder `path` that is equal only for equal content (a Git tree id), or nothing when
  /// the tree has none at hand. What was derived from a folder alone may be reused under its id.
  virtual std::optional<std::string> content_id(const TreePath& path) const = 0;
};

/// `path` (relative, may hold `.` and `..`) seen from the folder `from`, normalised.
/// Errors: kInvalid for an absolute path and for one that leaves the root.
Result<TreePath> join(const TreePath& from, std::string_view path);

/// The folder that holds `path`; "" for an entry of the root.
TreePath parent(const TreePath& path);

/// Whether `path` is `folder` or lies below it.
bool is_within(const TreePath& path, const TreePath& folder);

}  // namespace reconciler
