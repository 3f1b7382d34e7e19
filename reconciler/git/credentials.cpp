#include "git/credentials.h"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace reconciler::git {
namespace {

// Keys and known_hosts files are the largest of them.
constexpr std::size_t kMaxSecret = 1 << 20;

}  // namespace

Result<std::string> read_secret(const std::string& file, const std::string& what) {
  if (file.empty()) return "";
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    return fail(ErrorKind::kInvalid, "cannot read the " + what + " file " + file + ": " + std::strerror(errno));
  std::string content(kMaxSecret + 1, '\0');
  stream.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (stream.bad() || content.size() == static_cast<std::size_t>(stream.gcount())) {
    return fail(ErrorKind::kInvalid, "the " + what + " file " + file + " is too large or not a file");
  }
  content.resize(static_cast<std::size_t>(stream.gcount()));
  while (content.ends_with('\n') || content.ends_with('\r')) content.pop_back();
  if (content.empty()) return fail(ErrorKind::kInvalid, "the " + what + " file " + file + " is empty");
  return content;
}

Result<Login> read_login(const RemoteOptions& options, const Url& url) {
  TRY(const auto token, read_secret(options.token_file, "token"));
  TRY(const auto user, read_secret(options.username_file, "user name"));
  TRY(const auto password, read_secret(options.password_file, "password"));
  Login login{user.empty() ? url.user : user, token.empty() ? password : token};
  if (login.password.empty()) login.password = url.password;
  // Forges look at the token alone and take any user that is not empty.
  if (login.user.empty() && !login.password.empty()) login.user = "x-access-token";
  return login;
}

}  // namespace reconciler::git
