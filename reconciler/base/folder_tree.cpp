#include "base/folder_tree.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace reconciler {
namespace {

constexpr int kMostLinks = 40;
constexpr std::size_t kBlock = 64 * 1024;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

tl::unexpected<Error> system_problem(const TreePath& path, int error) {
  const bool absent = error == ENOENT || error == ENOTDIR;
  if (absent) return fail(ErrorKind::kNotFound, "'" + path + "' does not exist");
  const auto kind = error == EACCES || error == EPERM ? ErrorKind::kForbidden : ErrorKind::kInvalid;
  return fail(kind, "'" + path + "' cannot be read: " + std::strerror(error));
}

Result<std::string> link_target(const Descriptor& link, const TreePath& path) {
  std::string target(PATH_MAX, '\0');
  const ssize_t length = ::readlinkat(link.get(), "", target.data(), target.size());
  if (length < 0) return system_problem(path, errno);
  target.resize(static_cast<std::size_t>(length));
  return target;
}

// Where a path ends: the folders from the root down to it, and a file's name in the last of them.
struct Place {
  std::vector<Descriptor> folders;
  std::vector<std::string> names;  // Of the folders, without the root.
  std::string file;                // "" for a folder.
  mode_t type = S_IFDIR;

  TreePath path() const {
    TreePath joined;
    for (const auto& name : names) joined += (joined.empty() ? "" : "/") + name;
    if (!file.empty()) joined += (joined.empty() ? "" : "/") + file;
    return joined;
  }
};

class FolderTree final : public FileTree {
 public:
  FolderTree(Descriptor root, std::string real_root) : root_(std::move(root)), real_root_(std::move(real_root)) {}

  Result<std::optional<EntryKind>> kind(const TreePath& path) const override {
    auto place = walk(path);
    if (!place && place.error().kind == ErrorKind::kNotFound) return std::optional<EntryKind>();
    if (!place) return fail(std::move(place).error());
    return std::optional(S_ISDIR(place->type) ? EntryKind::kFolder : EntryKind::kFile);
  }

  Result<TreePath> resolve(const TreePath& path) const override {
    TRY(const auto place, walk(path));
    return place.path();
  }

  Result<TreeFile> read(const TreePath& path, const TreePath& within, std::size_t max_bytes) const override {
    TRY(const auto place, walk(path));
    if (S_ISDIR(place.type)) return fail(ErrorKind::kInvalid, "'" + path + "' is a folder; a file was expected");
    if (!S_ISREG(place.type)) return fail(ErrorKind::kInvalid, "'" + path + "' is no regular file");
    TreeFile file{place.path(), {}};
    if (!is_within(file.path, within)) {
      return fail(ErrorKind::kInvalid, "'" + path + "' is not in or below '" + within + "'");
    }
    const Descriptor opened(
        ::openat(place.folders.back().get(), place.file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (opened.get() < 0) return system_problem(path, errno);
    TRY(file.content, content(opened, path, max_bytes));
    return file;
  }

  Result<std::vector<std::string>> list(const TreePath& path) const override {
    TRY(const auto place, walk(path));
    if (!S_ISDIR(place.type)) return fail(ErrorKind::kInvalid, "'" + path + "' is no folder");
    Descriptor opened(::openat(place.folders.back().get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened.get() < 0) return system_problem(path, errno);
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::fdopendir(opened.get()), ::closedir);
    if (!folder) return system_problem(path, errno);
    opened.release();
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(folder.get())) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  std::optional<std::string> content_id(const TreePath&) const override { return std::nullopt; }

 private:
  static Result<std::string> content(const Descriptor& file, const TreePath& path, std::size_t max_bytes) {
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) return system_problem(path, errno);
    if (!S_ISREG(status.st_mode)) return fail(ErrorKind::kInvalid, "'" + path + "' is no regular file");
    const auto too_large = [&] {
      return fail(ErrorKind::kInvalid, "'" + path + "' is larger than " + std::to_string(max_bytes) + " bytes");
    };
    if (static_cast<std::size_t>(status.st_size) > max_bytes) return too_large();
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t length = 0;
    for (;;) {
      if (length == text.size())
        text.resize(length + (length == static_cast<std::size_t>(status.st_size) ? 1 : kBlock));
      const ssize_t got = ::read(file.get(), text.data() + length, text.size() - length);
      if (got < 0) return system_problem(path, errno);
      if (got == 0) break;
      length += static_cast<std::size_t>(got);
      if (length > max_bytes) return too_large();
    }
    text.resize(length);
    return text;
  }

  // Components that are still to be walked, and links followed so far.
  struct Walk {
    Place place;
    std::deque<std::string> pending;
    int links = 0;
  };

  static std::deque<std::string> components(std::string_view path) {
    std::deque<std::string> parts;
    while (!path.empty()) {
      const auto slash = path.find('/');
      const auto part = path.substr(0, slash);
      path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
      if (!part.empty() && part != ".") parts.emplace_back(part);
    }
    return parts;
  }

  Result<Place> walk(const TreePath& path) const {
    Walk walk{{}, components(path), 0};
    TRY_VOID(to_root(walk.place, path));
    while (!walk.pending.empty()) {
      const std::string name = std::move(walk.pending.front());
      walk.pending.pop_front();
      if (name == "..") {
        TRY_VOID(up(walk.place, path));
      } else {
        TRY_VOID(down(walk, name, path));
      }
    }
    return std::move(walk.place);
  }

  Status to_root(Place& place, const TreePath& path) const {
    place = {};
    place.folders.emplace_back(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0));
    if (place.folders.back().get() < 0) return system_problem(path, errno);
    return {};
  }

  static Status up(Place& place, const TreePath& path) {
    if (place.names.empty()) return fail(ErrorKind::kInvalid, "'" + path + "' leads out of the tree");
    place.names.pop_back();
    place.folders.pop_back();
    return {};
  }

  Status down(Walk& walk, const std::string& name, const TreePath& path) const {
    Place& place = walk.place;
    Descriptor entry(::openat(place.folders.back().get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status{};
    if (entry.get() < 0 || ::fstat(entry.get(), &status) != 0) return system_problem(path, errno);
    if (S_ISLNK(status.st_mode)) return follow(walk, entry, path);
    if (S_ISDIR(status.st_mode)) {
      place.folders.push_back(std::move(entry));
      place.names.push_back(name);
      return {};
    }
    if (!walk.pending.empty()) return system_problem(path, ENOTDIR);
    place.file = name;
    place.type = status.st_mode;
    return {};
  }

  Status follow(Walk& walk, const Descriptor& link, const TreePath& path) const {
    if (++walk.links > kMostLinks) return fail(ErrorKind::kInvalid, "'" + path + "' is a circle of symbolic links");
    TRY(std::string target, link_target(link, path));
    if (target.starts_with('/')) {
      const bool inside = real_root_ == "/" || target == real_root_ || target.starts_with(real_root_ + "/");
      if (!inside) return fail(ErrorKind::kInvalid, "'" + path + "' is a symbolic link that leads out of the tree");
      target.erase(0, real_root_.size());
      TRY_VOID(to_root(walk.place, path));
    }
    auto parts = components(target);
    walk.pending.insert(walk.pending.begin(), parts.begin(), parts.end());
    return {};
  }

  Descriptor root_;
  std::string real_root_;
};

}  // namespace

Result<std::unique_ptr<FileTree>> open_folder(const std::string& root) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(root.c_str(), nullptr), std::free);
  Descriptor opened(real ? ::open(real.get(), O_PATH | O_DIRECTORY | O_CLOEXEC) : -1);
  if (opened.get() < 0) return system_problem(root, errno);
  return std::make_unique<FolderTree>(std::move(opened), real.get());
}

}  // namespace reconciler
