#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace reconciler::git {

enum class Scheme { kFile, kHttp, kHttps, kSsh };

/// Where a Git repository lives. Made from what `git clone` takes: `https://host/path`, `http://host:port/path`,
/// `ssh://user@host:port/path`, `user@host:path`, `file:///path`, and a path on this machine.
struct Url {
  Scheme scheme = Scheme::kFile;
  std::string user;      ///< Percent-decoded; "" when there is none.
  std::string password;  ///< Percent-decoded; "" when there is none. Never to be shown.
  std::string host;      ///< Without the brackets of an IPv6 address; "" for kFile.
  int port = 0;          ///< 0 when the scheme's own is meant.
  std::string path;      ///< As the server or the file system gets it, with its leading `/` where there is one.

  /// The URL without user and password, for humans, logs and names of folders; for ssh the user stays, as it is no
  /// secret.
  std::string shown() const;
};

/// Errors: kInvalid for another scheme (git://, ftp:// …), a missing host or path, or a host that an option of a
/// program could be mistaken for (a leading `-`). The error holds no password.
Result<Url> parse_url(std::string_view text);

/// Any text with the `user:password@` of each URL in it removed. For text that others wrote, such as a library's
/// errors.
std::string scrubbed(std::string_view text);

}  // namespace reconciler::git
