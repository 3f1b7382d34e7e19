#pragma once

#include <atomic>
#include <cstdint>

#include "controller/api.h"
#include "http/access.h"
#include "http/message.h"

namespace reconciler::http {

/// The whole HTTP interface as a function of requests: which route, who may, what it answers.
///
///     GET  /api/v1/environments                  {"environments": [...]}, each as below
///     GET  /api/v1/environments/{name}           the status of one
///     GET  /api/v1/environments/{name}/objects   {"objects": [...]}
///     GET  /api/v1/environments/{name}/events    server-sent events: what happens to it from now on, or after
///                                                Last-Event-ID
///     POST /api/v1/environments/{name}/sync      202 {"id": "..."}: what `lastSync.id` will be
///     POST /api/v1/environments/{name}/suspend   202 {}; takes {"reason": "...", "by": "..."}
///     POST /api/v1/environments/{name}/resume    202 {}
///     POST /webhooks/{forge}                     202 {"environments": [...]}: the names of those that follow the
///     branch GET  /metrics, /livez, /readyz
///
/// HEAD goes wherever GET does. Thread-safe; blocks on nothing but the small files of `Access`.
class Routes {
 public:
  /// Both must outlive this.
  Routes(Access& access, controller::Api& api) : access_(access), api_(api) {}

  /// The answer to any request. Errors are answers too; nothing is thrown.
  Response handle(const Request& request) noexcept;

 private:
  struct Route;
  using Handler = Response (Routes::*)(const Request& request, const std::string& argument);

  Response dispatch(const Request& request);

  Response list(const Request&, const std::string&);
  Response show(const Request&, const std::string& name);
  Response objects(const Request&, const std::string& name);
  Response events(const Request& request, const std::string& name);
  Response sync(const Request&, const std::string& name);
  Response suspend(const Request& request, const std::string& name);
  Response resume(const Request&, const std::string& name);
  Response webhook(const Request& request, const std::string& forge);
  Response metrics(const Request&, const std::string&);
  Response livez(const Request&, const std::string&);
  Response readyz(const Request&, const std::string&);

  /// Says so in the log, once a second at most: strangers must not be able to fill it.
  void note_bad_signature(const std::string& forge);

  Access& access_;
  controller::Api& api_;
  std::atomic<std::int64_t> noted_{-1};  ///< The second of the last note.
};

}  // namespace reconciler::http
