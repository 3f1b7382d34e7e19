#pragma once

#include <map>
#include <memory>
#include <utility>

#include "kube/calls.h"
#include "kube/cluster.h"
#include "kube/connect.h"
#include "kube/discovery.h"
#include "kube/transport.h"

namespace reconciler::kube {

/// `Cluster` over any transport: the real one, or a scripted one in tests.
class HttpCluster final : public Cluster {
 public:
  HttpCluster(std::unique_ptr<Transport> transport, const ConnectOptions& options, const Clock& clock);
  ~HttpCluster() override;

  using Cluster::apply_all;
  using Cluster::remove_all;
  Result<ApiResource> resource(const GroupKind& type, const std::string& version) override;
  void forget_discovery() override;
  void apply_all(std::span<const ApplyRequest> requests, std::size_t concurrency, std::stop_token stop,
                 const Answer& answer) override;
  void remove_all(std::span<const RemoveRequest> requests, std::size_t concurrency, std::stop_token stop,
                  const Removed& removed) override;
  Result<Json> get(const ObjectKey& key, const std::string& api_version, Projection projection) override;
  Status list(const ListRequest& request, const std::function<void(Json&& object)>& each) override;
  Result<Json> patch(const PatchRequest& request) override;
  Result<std::string> log(const ObjectKey& pod, const std::string& container, int lines) override;
  Result<Json> create(const CreateRequest& request) override;
  std::unique_ptr<Watch> watch(const ListRequest& request, WatchHandler& handler) override;
  Result<std::string> version() override;
  Status ready() override;

 private:
  /// The kinds of a batch, each asked for once; after a failure of the server the rest shares it.
  class Resources;

  Status read_discovery();
  Status pause(Duration duration);
  /// Waits until what `start` sets going calls `done` (on the transport thread), or the connection is stopped.
  Status wait(const std::function<void(std::function<void(const Status&)> done)>& start);
  Result<ApiResource> resource_of(const ObjectKey& key, const std::string& api_version);

  const Clock& clock_;
  const ConnectOptions options_;
  std::unique_ptr<Discovery> discovery_;  // outlives the transport's thread
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Calls> calls_;
};

}  // namespace reconciler::kube
