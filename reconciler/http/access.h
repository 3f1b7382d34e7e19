#pragma once

#include <memory>
#include <optional>
#include <string>

#include "http/message.h"
#include "http/secret_file.h"

namespace reconciler::http {

/// What a route lets a caller do.
enum class Right {
  kNone,   ///< Open to all: probes, metrics, and webhooks, which prove themselves.
  kRead,   ///< Status. Open where only the machine itself gets in.
  kSync,   ///< Has the service do what Git says, sooner.
  kWrite,  ///< Has it do something else.
};

/// Who may do what. Thread-safe.
class Access {
 public:
  /// A null file means that none is configured. `open_reads` where the listener can be reached from this machine alone.
  Access(std::unique_ptr<SecretFile> token, std::unique_ptr<SecretFile> webhook_secret, bool open_reads);

  /// Nothing when the caller may; else the answer to give. All want the bearer token, `kRead` only where reads are
  /// not open; for `kSync` a signature with the webhook secret over the body does as well. For `kWrite` it does not: it
  /// says nothing of method and path, so that whoever has seen a webhook's delivery could send it anywhere.
  std::optional<Response> refuse(Right right, const Request& request);

  /// The secret that webhooks are signed with; nothing when none is configured or it cannot be read.
  std::optional<std::string> webhook_secret();
  bool has_webhook_secret() const { return webhook_secret_ != nullptr; }

 private:
  bool has_token(const Request& request);
  bool has_valid_signature(const Request& request);

  const std::unique_ptr<SecretFile> token_;
  const std::unique_ptr<SecretFile> webhook_secret_;
  const bool open_reads_;
};

/// 401 with a challenge.
Response unauthorized(const std::string& message);

}  // namespace reconciler::http
