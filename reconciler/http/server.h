#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "controller/api.h"
#include "http/limits.h"
#include "http/listen_address.h"

namespace reconciler::http {

struct ServerOptions {
  ListenAddress listen{"127.0.0.1", 8080};
  std::string token_file;           ///< Holds the bearer token; "" for none.
  std::string webhook_secret_file;  ///< Holds the secret that webhooks are signed with; "" for none.
  Limits limits;
};

/// The HTTP interface of the service while it listens (`http/routes.h` has its routes). Its destructor ends all
/// connections, takes at most a few seconds, and returns when no call into the Api is under way any more.
class Server {
 public:
  virtual ~Server() = default;
  /// The port that it listens on: the one asked for, or the one that the system gave.
  virtual std::uint16_t port() const = 0;
};

/// Listens. There may be one at a time in a process, because cpprestsdk has one place for it; `api` must outlive it and
/// is called from the library's threads.
///
/// Where only this machine gets in (a loopback address), status can be read by anyone. Elsewhere reading needs the
/// token, and without a token file nothing starts. Errors: kInvalid (no token file outside loopback, a file that cannot
/// be read, an unknown host); kUnavailable (the address is taken or not ours).
Result<std::unique_ptr<Server>> serve(const ServerOptions& options, controller::Api& api);

}  // namespace reconciler::http
