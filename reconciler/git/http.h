#pragma once

#include <memory>
#include <string>

#include "git/repository.h"
#include "git/transport.h"
#include "git/url.h"

// Private to this module.
namespace reconciler::git {

/// Connections to http(s) remotes, kept open between calls. One thread at a time.
class HttpClient {
 public:
  HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  void* multi() const { return multi_; }

 private:
  void* multi_;  // CURLM, whose header stays out of ours
};

/// A smart HTTP remote (gitprotocol-http(5), protocol version 0). Follows redirects of the first request within the
/// same host, or from http to https on it; credentials go to no other host. The arguments must outlive it and its
/// streams. Errors: kForbidden (401, 403, an untrusted certificate), kNotFound (404), kInvalid (not a Git server, bad
/// CA file, a redirect elsewhere), kUnavailable (all else).
Result<std::unique_ptr<Connector>> connect_http(HttpClient& client, const Url& url, const RemoteOptions& options,
                                                Call& call);

}  // namespace reconciler::git
