#include "sync/verify.h"

#include <gtest/gtest.h>

#include "sets.h"

namespace reconciler::sync {
namespace {

using test::config_map;

class Verifying : public ::testing::Test {
 protected:
  Verifying() {
    auto plan = make_plan(set_, {}, {});
    auto admission = admit(set_, plan, cluster_, {}, {});
    execute(set_, *admission, cluster_, view_, {}, {});
  }

  std::set<ObjectKey> different() {
    Plan plan;
    for (const auto& desired : set_.objects) {
      plan.steps.push_back({desired.key, Action::kKeep, "", &desired, "uid", desired.manifest->api_version});
    }
    return verify(set_, plan, cluster_, {}, {}).value().different;
  }

  test::FakeCluster cluster_;
  FakeLiveView view_;
  DesiredSet set_ = placed({config_map("", "a"), config_map("", "b")}, cluster_);
};

TEST_F(Verifying, what_is_as_git_says_is_not_different_and_nothing_is_written) {
  cluster_.forget_calls();
  EXPECT_TRUE(different().empty());
  EXPECT_TRUE(cluster_.writes().empty());
  EXPECT_EQ(cluster_.calls().size(), 1 + set_.objects.size()) << "one list a kind, and one trial an object";
}

TEST_F(Verifying, another_content_is_found) {
  cluster_.edit({{"", "ConfigMap"}, "default", "b"}, {{"data", {{"key", "by hand"}}}});
  EXPECT_EQ(different(), (std::set<ObjectKey>{{{"", "ConfigMap"}, "default", "b"}}));
}

}  // namespace
}  // namespace reconciler::sync
