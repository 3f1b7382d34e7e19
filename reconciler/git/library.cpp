#include "git/library.h"

#include <mutex>

#include <sys/types.h>

#include "git/url.h"

namespace reconciler::git {
namespace {

constexpr ssize_t kCacheBytes = 8 << 20;

ErrorKind kind_of(int code) {
  switch (code) {
    case GIT_ENOTFOUND:
      return ErrorKind::kNotFound;
    case GIT_EUSER:
      return ErrorKind::kCancelled;
    case GIT_EINVALIDSPEC:
    case GIT_EAMBIGUOUS:
    case GIT_EPEEL:
      return ErrorKind::kInvalid;
    case GIT_ELOCKED:
      return ErrorKind::kConflict;
    default:
      return ErrorKind::kInternal;
  }
}

}  // namespace

void use_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    git_libgit2_init();
    // Trees are kept parsed by those who read them: the library's own cache may otherwise grow to 256 MiB.
    git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, kCacheBytes);
    // Git refuses the repositories of other users because their configuration can name programs to run. This library
    // runs none, and a volume in a pod or a checkout in a build often belongs to another user.
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  });
}

Error library_error(int code, const std::string& doing) {
  const git_error* last = git_error_last();
  const std::string said = last != nullptr && last->message != nullptr ? scrubbed(last->message) : "unknown error";
  return Error{kind_of(code), doing + ": " + said, {}};
}

std::string text_of(const git_oid& id) {
  std::string text(GIT_OID_HEXSZ, '\0');
  git_oid_fmt(text.data(), &id);
  return text;
}

Result<git_oid> id_of(const std::string& text) {
  git_oid id;
  if (text.size() != GIT_OID_HEXSZ || git_oid_fromstr(&id, text.c_str()) < 0) {
    return fail(ErrorKind::kInvalid, "'" + text + "' is not a full commit id (40 hexadecimal digits)");
  }
  return id;
}

}  // namespace reconciler::git
