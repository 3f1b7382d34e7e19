#pragma once

#include <memory>

#include "git/repository.h"
#include "git/transport.h"
#include "git/url.h"

// Private to this module.
namespace reconciler::git {

/// A remote behind ssh: `git-upload-pack` run by the far shell, over libssh2. User `git` when the URL names none.
/// Host keys are checked against known_hosts before anything is said about us. Names are resolved by the system, whose
/// own time limits apply (resolv.conf(5)). RSA keys, of the user and of the host, work with old servers only: libssh2
/// before 1.11 signs with SHA-1, which OpenSSH refuses since 8.8. The arguments must outlive it and its stream.
/// Errors: kForbidden (host key, user key), kNotFound (no such repository), kInvalid (unusable key or file),
/// kUnavailable.
std::unique_ptr<Connector> connect_ssh(const Url& url, const RemoteOptions& options, Call& call);

}  // namespace reconciler::git
