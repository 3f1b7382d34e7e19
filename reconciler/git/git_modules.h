#pragma once

#include <map>
#include <string>

#include "base/file_tree.h"
#include "base/result.h"

namespace reconciler::git {

/// The URLs of submodules by path, of the text of a `.gitmodules` (gitmodules(5)). Errors: kInvalid when it is no Git
/// configuration, and when it includes other files.
Result<std::map<TreePath, std::string>> read_git_modules(const std::string& text);

/// The URL of a submodule as `.gitmodules` of the repository at `base` has it: `./` and `../` count from there, as
/// git-submodule(1) has it; another one stays. Errors: kInvalid when it leads out of the server's paths.
Result<std::string> submodule_url(const std::string& base, const std::string& url);

}  // namespace reconciler::git
