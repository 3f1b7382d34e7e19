#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "object/manifest.h"

namespace reconciler::http {

struct ClientOptions {
  std::string server =
      "http://127.0.0.1:8080";  ///< Where the service listens; http or https, trusted as the system does.
  std::string token_file;       ///< Holds the bearer token; "" sends none.
  Duration timeout = std::chrono::seconds(30);  ///< Of one silence of the server.
};

/// Asks a running service from outside, by the HTTP interface that it has for all. Calls block. One thread at a time.
/// Errors of every call: kNotFound (no environment of that name), kForbidden (the token is missing or wrong),
/// kUnavailable (nobody answers, or somebody who is not the service).
class Client {
 public:
  /// Errors: kInvalid (no such URL, a token file that cannot be read).
  static Result<std::unique_ptr<Client>> open(const ClientOptions& options);
  virtual ~Client() = default;

  /// All environments, as `GET /api/v1/environments` has them; a JSON list.
  virtual Result<Json> environments() = 0;
  virtual Result<Json> environment(const std::string& name) = 0;
  /// The objects of one, a JSON list.
  virtual Result<Json> objects(const std::string& name) = 0;
  /// Asks for a sync; returns the id that `lastSync.id` will be.
  virtual Result<std::string> sync(const std::string& name) = 0;
  /// Ends all syncing of an environment until it is resumed. Who and why are for its status. Whether that is kept in
  /// the cluster yet; else it counts for as long as the service runs, which goes on trying.
  virtual Result<bool> suspend(const std::string& name, const std::string& by, const std::string& reason) = 0;
  virtual Result<bool> resume(const std::string& name) = 0;
};

}  // namespace reconciler::http
