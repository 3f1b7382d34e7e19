#include "controller/contests.h"

#include <gtest/gtest.h>

namespace reconciler::controller {
namespace {

using namespace std::chrono_literals;

class ContestsTest : public ::testing::Test {
 protected:
  ContestsTest() {
    set_.objects.push_back({{{"", "ConfigMap"}, "spira", "a"}, nullptr, "digest", {}, "", {}, {}});
    set_.index.emplace(set_.objects[0].key, 0);
  }

  void put_back(int times) {
    for (int i = 0; i < times; ++i) contests_.put_back("kind-dev", set_.objects[0], now_);
  }
  bool is_left_alone() { return !contests_.truce("kind-dev", set_, now_).objects.empty(); }

  Contests contests_;
  sync::DesiredSet set_;
  SteadyTime now_{24h};
};

TEST_F(ContestsTest, a_slip_is_put_back_at_once) {
  put_back(2);
  EXPECT_FALSE(is_left_alone());
}

TEST_F(ContestsTest, what_is_changed_each_time_is_left_alone_for_a_while) {
  put_back(3);
  EXPECT_TRUE(is_left_alone());
  EXPECT_EQ(contests_.truce("kind-dev", set_, now_).until, now_ + 4s);
  now_ += 4s;
  EXPECT_FALSE(is_left_alone());
}

TEST_F(ContestsTest, each_truce_is_longer_up_to_five_minutes) {
  put_back(4);
  EXPECT_EQ(contests_.truce("kind-dev", set_, now_).until, now_ + 8s);
  put_back(40);
  EXPECT_EQ(contests_.truce("kind-dev", set_, now_).until, now_ + 5min);
}

TEST_F(ContestsTest, a_fight_is_over_when_nothing_happens_after_the_truce) {
  put_back(3);
  now_ += 4s + 1min;
  put_back(1);
  EXPECT_FALSE(is_left_alone());
}

TEST_F(ContestsTest, another_word_of_git_ends_it) {
  put_back(3);
  set_.objects[0].digest = "another";
  EXPECT_FALSE(is_left_alone());
  put_back(1);
  EXPECT_FALSE(is_left_alone());
}

TEST_F(ContestsTest, each_environment_has_its_own) {
  put_back(3);
  EXPECT_TRUE(contests_.truce("chaos", set_, now_).objects.empty());
  contests_.forget("kind-dev");
  EXPECT_FALSE(is_left_alone());
}

}  // namespace
}  // namespace reconciler::controller
