#include "git/history.h"

namespace reconciler::git {
Result<std::unique_ptr<Repository>> open_local(const std::string& path) {
  use_library();
  git_repository* raw = nullptr;
  const int code = git_repository_open_ext(&raw, path.c_str(), 0, nullptr);
  if (code == GIT_ENOTFOUND) return fail(ErrorKind::kNotFound, "there is no Git repository at " + path);
  if (code < 0) return fail(library_error(code, "open repository " + path));
  const RepositoryHandle repository(raw);
  return std::make_unique<WithHistory<Repository>>(
      History(path, std::make_shared<ObjectStore>(git_repository_path(repository.get()))));
}

}  // namespace reconciler::git
