#include "git/folder_lock.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace reconciler::git {
namespace {

Error broken(const std::string& file) {
  return Error{ErrorKind::kInternal, "cannot lock " + file + ": " + std::strerror(errno), {}};
}

std::string holder(int descriptor) {
  std::array<char, 32> text{};
  const auto count = pread(descriptor, text.data(), text.size() - 1, 0);
  return count > 0 ? " (process " + std::string(text.data(), static_cast<std::size_t>(count)) + ")" : "";
}

bool is_the_file(const std::string& file, int descriptor) {
  struct stat there{};
  struct stat held{};
  return stat(file.c_str(), &there) == 0 && fstat(descriptor, &held) == 0 && there.st_ino == held.st_ino &&
         there.st_dev == held.st_dev;
}

}  // namespace

Result<FolderLock> FolderLock::take(const std::string& file) {
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return fail(broken(file));
  FolderLock lock(file, descriptor);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail(broken(file));
    return fail(ErrorKind::kConflict, "the data folder is in use: " + file + " is held by another process or mirror" +
                                          holder(descriptor) + "; give each its own data folder");
  }
  const std::string self = std::to_string(getpid());
  if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, self.data(), self.size(), 0) < 0) return fail(broken(file));
  return lock;
}

Status FolderLock::keep() {
  if (is_the_file(file_, descriptor_)) return {};
  TRY(auto anew, take(file_));
  std::swap(descriptor_, anew.descriptor_);
  return {};
}

FolderLock::FolderLock(FolderLock&& other) noexcept
    : file_(std::move(other.file_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace reconciler::git
