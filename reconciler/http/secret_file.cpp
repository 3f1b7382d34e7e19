#include "http/secret_file.h"

#include <fstream>

#include "base/digest.h"

namespace reconciler::http {
namespace {

constexpr std::streamsize kMaxBytes = 4096;

Result<std::string> read_secret(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxBytes + 1, '\0');
  file.read(text.data(), kMaxBytes + 1);
  if (!file.eof() || file.bad())
    return fail(ErrorKind::kInvalid, "'" + path + "' cannot be read, or is larger than 4 KiB");
  text.resize(static_cast<std::size_t>(file.gcount()));
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  if (text.empty()) return fail(ErrorKind::kInvalid, "'" + path + "' is empty; it must hold the secret");
  return text;
}

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec &&
         a.st_ctim.tv_sec == b.st_ctim.tv_sec && a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

}  // namespace

Result<std::unique_ptr<SecretFile>> SecretFile::open(const std::string& path) {
  TRY_VOID(read_secret(path));
  return std::unique_ptr<SecretFile>(new SecretFile(path));
}

std::optional<std::string> SecretFile::value() {
  struct stat now{};
  if (stat(path_.c_str(), &now) != 0) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (!value_ || !same_file(now, seen_)) {
    auto read = read_secret(path_);
    value_ = read ? std::optional(std::move(*read)) : std::nullopt;
    seen_ = now;
  }
  return value_;
}

bool SecretFile::matches(std::string_view given) {
  const auto secret = value();
  // Digests have one length, so that not even the secret's length shows.
  return secret && equal_in_constant_time(sha256(given), sha256(*secret));
}

}  // namespace reconciler::http
