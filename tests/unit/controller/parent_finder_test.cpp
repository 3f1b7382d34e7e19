#include "controller/parent_finder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/fake_clock.h"
#include "support/fake_cluster.h"

namespace reconciler::controller {
namespace {

constexpr const char* kTheirs = "applyset-theirs-v1";

class ParentFinderTest : public ::testing::Test {
 protected:
  void make_parent() {
    cluster_.put({{"apiVersion", "v1"},
                  {"kind", "Secret"},
                  {"metadata",
                   {{"name", "shop"}, {"namespace", "tools"}, {"labels", {{"applyset.kubernetes.io/id", kTheirs}}}}}});
  }

  test::FakeCluster cluster_;
  test::FakeClock clock_;
  ParentFinder finder_{cluster_, clock_};
  const ObjectKey parent_{{"", "Secret"}, "tools", "shop"};
};

TEST_F(ParentFinderTest, a_parent_that_was_found_is_not_looked_for_again) {
  make_parent();
  EXPECT_EQ(finder_.find(kTheirs), parent_);
  cluster_.forget_calls();
  EXPECT_EQ(finder_.find(kTheirs), parent_);
  EXPECT_TRUE(cluster_.calls().empty());
}

TEST_F(ParentFinderTest, one_that_was_not_found_is_looked_for_again_after_a_while) {
  EXPECT_FALSE(finder_.find(kTheirs));
  make_parent();
  cluster_.forget_calls();
  clock_.advance(std::chrono::seconds(4));
  EXPECT_FALSE(finder_.find(kTheirs));
  EXPECT_TRUE(cluster_.calls().empty());
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(finder_.find(kTheirs), parent_);
}

TEST_F(ParentFinderTest, each_apply_set_is_looked_for) {
  make_parent();
  EXPECT_FALSE(finder_.find("applyset-other-v1"));
  EXPECT_EQ(finder_.find(kTheirs), parent_);
}

}  // namespace
}  // namespace reconciler::controller
