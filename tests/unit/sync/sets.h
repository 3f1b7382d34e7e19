#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/fake_cluster.h"
#include "support/objects.h"
#include "sync/execution.h"
#include "sync/live.h"
#include "sync/plan.h"

namespace reconciler::sync {

inline constexpr const char* kOurs = "applyset-ours-v1";
inline constexpr const char* kTheirs = "applyset-theirs-v1";

inline DesiredSet placed(const std::vector<Json>& bodies, kube::Cluster& cluster) {
  return place(test::rendered(bodies), kOurs, "default", cluster).value();
}

/// What lives in a cluster, as the watches of all kinds would tell it.
inline LiveSet live_of(const test::FakeCluster& cluster) {
  LiveSet live;
  for (const auto& object : cluster.objects()) {
    const auto member = std::make_shared<const LiveMember>(reduce(object, true));
    if (!member->part_of.empty()) live.emplace(member->key, member);
  }
  return live;
}

/// Writes down what an execution tells it, and gives the answer that the test wants.
class FakeLiveView final : public LiveView {
 public:
  void applied(const Json& object) override { applied_.push_back(key_of(object)); }
  void deletion_accepted(const ObjectKey& key, const std::string& uid) override { deleted_.emplace_back(key, uid); }
  Status wait_gone(const std::vector<std::pair<ObjectKey, std::string>>&, Duration, std::stop_token) override {
    return answer_;
  }
  Status wait_healthy(const std::vector<ObjectKey>& keys, Duration, std::stop_token) override {
    waited_for_ = keys;
    return answer_;
  }

  std::vector<ObjectKey> applied_;
  std::vector<std::pair<ObjectKey, std::string>> deleted_;
  std::vector<ObjectKey> waited_for_;
  Status answer_;
};

}  // namespace reconciler::sync
