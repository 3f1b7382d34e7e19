#pragma once

#include <memory>
#include <set>
#include <stop_token>
#include <string>

#include "git/repository.h"
#include "kustomize/build.h"

namespace reconciler::remote {

struct RemoteOptions {
  std::string folder;                          ///< Of the cache; nothing in it is missed when it is lost.
  std::optional<std::set<std::string>> hosts;  ///< The only ones that may be asked; all of them when not set.
  bool allows_local = false;                   ///< Whether file:// URLs, which name no host, are served.
  git::RemoteOptions credentials;              ///< For repositories on the server of its URL; the URL may be empty.
  std::stop_token stop;                        ///< Ends what waits for a remote (kCancelled).
};

/// Remote bases and files by way of a cache. Repositories are mirrors, so that a commit is brought once: a full commit
/// id that is there is served without a word to the remote. When a remote cannot be reached, what its ref meant the
/// last time serves, and so does the last content of a file; the note says so. Submodules are
/// brought while a tree is read, so the cache outlives its trees. Thread-safe. Errors besides those of
/// git::Mirror: kForbidden for a host that is not allowed, and for a redirect to one.
std::unique_ptr<kustomize::RemoteBases> remote_cache(const RemoteOptions& options);

}  // namespace reconciler::remote
