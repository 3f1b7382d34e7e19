#pragma once

#include <memory>
#include <string>
#include <vector>

#include "git/call.h"
#include "git/http.h"
#include "git/library.h"
#include "git/transport.h"
#include "git/url.h"

// Private to this module.
namespace reconciler::git {

/// A name that the remote has. Tags come peeled: `id` is of the commit where there is one.
struct RemoteRef {
  std::string name;  ///< Full: `HEAD`, `refs/heads/main`, `refs/tags/v1`.
  git_oid id;
};

/// One conversation with a remote: what it has, then what we lack of it. Ends with its life. One thread.
class RemoteSession {
 public:
  /// The arguments must outlive it. `url` is the one of the options, parsed.
  RemoteSession(git_repository* mirror, const Url& url, const RemoteOptions& options, HttpClient& http, Call& call);
  RemoteSession(const RemoteSession&) = delete;
  RemoteSession& operator=(const RemoteSession&) = delete;

  /// Connects and asks for the refs.
  Result<std::vector<RemoteRef>> list();

  /// Transfers what the mirror lacks of these: full names of refs, or full ids. Moves no ref of the mirror.
  Status download(const std::vector<std::string>& wanted);

  std::uint64_t received_bytes() const;

 private:
  Status make_remote();
  Status choose_connector(const std::string& effective_url);
  git_remote_callbacks callbacks();
  Error failed(int code, const std::string& doing) const;

  static int on_transport(git_transport** out, git_remote* remote, void* self);
  static int on_progress(const git_indexer_progress* progress, void* self);

  git_repository* const mirror_;
  const Url& url_;
  const RemoteOptions& options_;
  HttpClient& http_;
  Call& call_;
  std::unique_ptr<Connector> connector_;  // none for a path on this machine
  RemoteHandle remote_;                   // after what its transport uses
};

}  // namespace reconciler::git
