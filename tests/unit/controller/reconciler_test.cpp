#include "controller/reconciler.h"

#include <gtest/gtest.h>

#include "support/fake_cluster.h"

namespace reconciler::controller {
namespace {

using namespace std::chrono_literals;

/// One environment, of a repository that nobody has looked at yet.
class ReconcilerTest : public ::testing::Test {
 protected:
  ReconcilerTest() { cluster_.serve({kGroup, kEnvironmentKind}, "v1alpha1", false); }

  void SetUp() override {
    Environment environment;
    environment.name = "kind-dev";
    environment.source = {"", "main", "overlays/kind-dev"};
    registry_.update({{{"kind-dev", environment}}, {}});
    resources_.start();
    ASSERT_TRUE(resources_.wait_listed(60s, {}));
  }

  /// What is said of its sync: reason and message.
  std::string synced() const {
    for (const auto& condition : statuses_.find("kind-dev")->conditions) {
      if (condition.type == "Synced") return condition.reason + ": " + condition.message;
    }
    return "";
  }

  test::FakeCluster cluster_;
  Metrics metrics_;
  Registry registry_;
  Renderer renderer_{kustomize::Options()};
  StatusStore statuses_;
  EventLog events_{"run"};
  Members members_{cluster_, [](const std::string&) {}};
  Members hooks_{cluster_, [](const std::string&) {}, system_clock(), sync::kHookOfLabel};
  Resources resources_{cluster_, "service", [](const std::string&) {}};
  Sources sources_{[](const std::string&) { return fail(ErrorKind::kUnavailable, "no remote"); }, system_clock(),
                   [](const std::string&, const SourceState&) {}};
  Reconciler reconciler_{Workplace{system_clock(), cluster_, registry_, sources_, renderer_, members_, hooks_,
                                   resources_, statuses_, metrics_, events_, "https://example.org/r.git", "main"}};
};

TEST_F(ReconcilerTest, a_defect_is_told_of_the_environment_and_tried_again_later_and_later) {
  cluster_.on_call([](const test::FakeCluster::Call& call) -> std::optional<Error> {
    if (call.verb == "apply" && call.key.name == "kind-dev") throw std::runtime_error("index; last read: 'secret'");
    return std::nullopt;
  });
  const auto first = reconciler_.reconcile("kind-dev", {});
  EXPECT_EQ(statuses_.find("kind-dev")->sync, SyncStatus::kFailed);
  EXPECT_EQ(synced(), "InternalError: a defect of the service, please report it: index");
  const auto second = reconciler_.reconcile("kind-dev", {});
  ASSERT_TRUE(first && second);
  EXPECT_GT(*second, *first);
  cluster_.on_call({});
  reconciler_.reconcile("kind-dev", {});
  EXPECT_NE(statuses_.find("kind-dev")->sync, SyncStatus::kFailed);
}

}  // namespace
}  // namespace reconciler::controller
