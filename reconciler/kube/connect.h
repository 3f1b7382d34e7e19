#pragma once

#include <memory>
#include <stop_token>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "kube/cluster.h"
#include "kube/config.h"

namespace reconciler::kube {

/// Hears of every request when it has ended; for metrics. Called from any thread, several at once.
class RequestObserver {
 public:
  virtual ~RequestObserver() = default;
  /// `verb` as RBAC has it ("get", "list", "watch", "create", "patch", "delete"), plus "apply"; `resource` is the
  /// plural name, "" for what is no resource (discovery, version). `code` is the HTTP status, 0 when there was no
  /// answer. Each try counts.
  virtual void finished(std::string_view verb, std::string_view resource, int code,
                        std::chrono::nanoseconds duration) = 0;
};

struct ConnectOptions {
  Duration connect_timeout = std::chrono::seconds(5);
  Duration request_timeout = std::chrono::seconds(30);  ///< For a call with all its tries; watches have none.
  RequestObserver* observer = nullptr;                  ///< Outlives the cluster.
  std::stop_token stop;                                 ///< Ends every call that waits (kCancelled).
};

/// A connection to the API server that `config` names. Starts one thread, which drives all requests and watches over
/// one or two HTTP/2 connections; opens none before the first call. Destroy watches first, then the cluster. Errors:
/// kInvalid for a configuration that cannot be used (files that cannot be read, no server).
Result<std::unique_ptr<Cluster>> connect(const ClusterConfig& config, const ConnectOptions& options);

}  // namespace reconciler::kube
