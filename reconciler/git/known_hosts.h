#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <libssh2.h>

#include "base/result.h"

// Private to this module.
namespace reconciler::git {

/// Which host keys are trusted, as a known_hosts file says (sshd(8)): plain and hashed host names, `[host]:port`, and
/// `@revoked` keys. Patterns with wildcards and `@cert-authority` lines trust nothing.
class KnownHosts {
 public:
  /// The session is used as libssh2's allocator and must outlive the result. Errors: kInvalid when the file cannot be
  /// read.
  static Result<KnownHosts> read(LIBSSH2_SESSION* session, const std::string& file);

  /// The key algorithms that the file has for a host, as libssh2_session_method_pref() takes them; "" when it has none.
  /// A server has keys of several kinds: it must be asked for one that can be compared.
  std::string algorithms(const std::string& host, int port) const;

  /// Whether this key of this host is trusted. Errors: kForbidden, with the line that would trust it when the host is
  /// new.
  Status check(const std::string& host, int port, std::span<const char> key, int key_type) const;

 private:
  struct Free {
    void operator()(LIBSSH2_KNOWNHOSTS* hosts) const { libssh2_knownhost_free(hosts); }
  };
  int look_up(const std::string& host, int port, const std::string& base64_key, int type_mask) const;

  std::unique_ptr<LIBSSH2_KNOWNHOSTS, Free> hosts_;
  std::vector<std::string> revoked_;  // lines
};

}  // namespace reconciler::git
