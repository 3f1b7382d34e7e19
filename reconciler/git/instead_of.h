#pragma once

#include <string>

#include <git2.h>

#include "base/result.h"

// Private to this module.
namespace reconciler::git {

/// The URL with the longest matching `url.<base>.insteadOf` prefix of the configuration replaced (git-config(1)), or as
/// it is. Our own, since libgit2 1.5 leaks 20 kB for each line of configuration that its own look-up passes.
Result<std::string> rewritten(git_repository* repository, const std::string& url);

}  // namespace reconciler::git
