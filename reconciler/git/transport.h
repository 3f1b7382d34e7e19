#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include <git2.h>

#include "base/result.h"
#include "git/call.h"

// Private to this module. libgit2 1.5 speaks the smart protocol itself, but its own sockets know neither time limits
// nor a way to be stopped, and check one set of certificates for the whole process. So it speaks through these.
namespace reconciler::git {

/// Two-way bytes to a `git-upload-pack` at the other end.
class Stream {
 public:
  virtual ~Stream() = default;
  /// At least one byte, unless there are no more: then 0.
  virtual Result<std::size_t> read(std::span<char> buffer) = 0;
  /// All of `bytes`.
  virtual Status write(std::string_view bytes) = 0;
};

/// What `git-upload-pack` is asked for.
enum class Service { kListRefs, kUploadPack };

/// A way to one remote.
class Connector {
 public:
  virtual ~Connector() = default;
  /// Whether the stream that listed the refs goes on to carry the pack (ssh); otherwise each exchange has its own
  /// (http).
  virtual bool stateful() const = 0;
  virtual Result<std::unique_ptr<Stream>> open(Service service) = 0;
};

/// Makes libgit2's smart transport for `remote` over the connector. Both references must outlive the remote.
/// Failures are kept in the call. Returns a code of libgit2.
int make_smart_transport(git_transport** out, git_remote* remote, Connector& connector, Call& call);

}  // namespace reconciler::git
