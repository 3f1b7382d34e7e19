#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

namespace reconciler::http {

/// A file with some content, gone with this object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content) {
    std::string path = (std::filesystem::temp_directory_path() / "reconciler-http-XXXXXX").string();
    ::close(mkstemp(path.data()));
    path_ = path;
    write(content);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::filesystem::remove(path_); }

  const std::string& path() const { return path_; }

  /// Puts another file in its place, as Kubernetes does.
  void write(const std::string& content) {
    const auto next = path_ + ".next";
    std::ofstream(next) << content;
    std::filesystem::rename(next, path_);
  }

 private:
  std::string path_;
};

}  // namespace reconciler::http
