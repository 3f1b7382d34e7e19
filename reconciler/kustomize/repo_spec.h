#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_tree.h"

namespace reconciler::kustomize {

/// A folder in a repository somewhere else, as a kustomization names it.
struct RepoSpec {
  std::string repository;  ///< For `git clone`: `https://github.com/org/repo`, `git@host:org/repo`, `file:///srv/repo`.
  TreePath path;           ///< Of the folder in it.
  std::string ref;         ///< Branch, tag or commit; "" is the default branch.
  std::chrono::milliseconds timeout{27'000};
  bool submodules = true;
  bool is_marked = false;  ///< The text says where the repository ends, or names a ref: it is hardly meant as a file.
};

/// Reads a text as kustomize 5.8 does (repospec.go, examples/remoteBuild.md): `host/org/repo//path?ref=…`, `https://`,
/// `http://`, `ssh://`, `file://`, `user@host:path`, `git::` before them, `_git/` and `.git` as ends of the repository,
/// and the queries ref, version, timeout and submodules. Without a scheme only github.com and `user@host` count.
/// Nothing when it names no repository: then it is a path. A path that leads out of the repository is none either.
std::optional<RepoSpec> parse_repo_spec(std::string_view text);

/// Whether it is an http or https URL, which may be a file as well as a repository.
bool is_web_url(std::string_view text);

}  // namespace reconciler::kustomize
