#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "support/e2e/child_process.h"
#include "support/e2e/http_call.h"

namespace reconciler::test {

/// How the service of a test is started.
struct ServiceSetup {
  std::string folder;  ///< An existing one, for its data, its log, its token and its webhook secret.
  std::string repository;
  std::string kubeconfig;
  std::string interval = "1s";
  std::string log_format = "text";
  std::string verify_interval = "1h";
  std::string leases = "";  ///< The namespace of the Leases of several replicas; "" for one service alone.
};

/// The real binary, run as `reconciler serve` on a free port. It can be ended and started again on the same data.
/// What cannot be done throws std::runtime_error, with the end of the service's log.
class RunningService {
 public:
  /// Starts nothing yet.
  explicit RunningService(ServiceSetup setup);

  /// Starts it and returns when it listens.
  void start();
  /// Ends it as Kubernetes does, by SIGTERM. Returns how long that took; throws when it takes more than five seconds or
  /// the exit code is not 0.
  std::chrono::milliseconds stop();
  /// Ends it at once, by SIGKILL.
  void kill();
  /// Stands still, as on a machine that is too busy, until `go_on`.
  void stand_still() const;
  void go_on() const;
  bool is_running() const { return process_ != nullptr && process_->is_running(); }

  /// All that it has written to its outputs so far, over all its starts.
  std::string log() const;
  const std::string& url() const { return url_; }
  const std::string& token() const { return token_; }

  HttpAnswer get(const std::string& path) const;
  HttpAnswer post(const std::string& path, const std::string& body, const HttpHeaders& headers) const;

  /// `GET /api/v1/environments/{name}`; an empty object while there is none, or while nobody answers.
  nlohmann::json status(const std::string& environment) const;
  /// The objects of the environment by `Kind namespace/name`.
  std::map<std::string, nlohmann::json> objects(const std::string& environment) const;

  /// A signed webhook of the generic kind that says that a branch was pushed.
  HttpAnswer tell_of_push(const std::string& branch) const;
  std::string signature_of(const std::string& body) const;
  /// Asks for a resync; the id that the service answers.
  std::string ask_for_sync(const std::string& environment) const;

  /// The sum of a metric over all its series whose line contains `with` and does not contain `without`.
  double metric(const std::string& name, const std::string& with = "", const std::string& without = "") const;
  /// How many requests it has made to the API server, watches aside.
  double api_requests() const;

 private:
  std::optional<std::string> find_url(std::size_t log_begin) const;

  const ServiceSetup setup_;
  const std::string token_;
  const std::string webhook_secret_;
  std::unique_ptr<ChildProcess> process_;
  std::string url_;
};

}  // namespace reconciler::test
