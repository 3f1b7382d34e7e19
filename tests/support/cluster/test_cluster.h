#pragma once

#include <memory>
#include <string>

#include <sys/types.h>

#include "kube/config.h"
#include "kube/connect.h"

namespace reconciler::test {

/// A real control plane of a test executable's own (tests/cluster/cluster.sh), in a temporary folder. It is taken down
/// and the folder removed when the object is destroyed and also when the process dies in any other way. What cannot be
/// done throws std::runtime_error, which fails the test.
class TestCluster {
 public:
  /// With nodes, the API server also writes down every request.
  enum class Parts { kControlPlaneOnly, kWithNodes };

  explicit TestCluster(Parts parts);
  ~TestCluster();
  TestCluster(const TestCluster&) = delete;
  TestCluster& operator=(const TestCluster&) = delete;

  /// etcd and the API server alone; started at the first call, shared by all tests of the executable.
  static TestCluster& shared();

  const std::string& folder() const { return folder_; }
  std::string kubeconfig() const { return folder_ + "/cluster/admin.kubeconfig"; }
  /// One JSON a line; without bodies.
  std::string audit_log() const { return folder_ + "/cluster/audit.log"; }
  kube::ClusterConfig config() const;
  std::unique_ptr<kube::Cluster> connect(const kube::ConnectOptions& options = {}) const;

  /// An outage of the API server, and its end; both return when it is so.
  void stop_apiserver() const;
  void start_apiserver() const;

  /// Runs kubectl as administrator; what it prints. `arguments` as a shell reads them.
  std::string kubectl(const std::string& arguments) const;

 private:
  std::string folder_;
  int guard_pipe_ = -1;
  pid_t guard_ = -1;
};

/// What a shell command prints; throws when it fails.
std::string run(const std::string& command);

}  // namespace reconciler::test
