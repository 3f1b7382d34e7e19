#include "controller/rush.h"

#include <gtest/gtest.h>

namespace reconciler::controller {
namespace {

using namespace std::chrono_literals;

class RushTest : public ::testing::Test {
 protected:
  /// How long what comes now waits.
  Duration wait_of(const std::string& name) {
    rush_.came(name, now_);
    return std::chrono::duration_cast<Duration>(rush_.over() - now_);
  }

  Rush rush_{50ms, 200ms};
  SteadyTime now_ = SteadyTime{} + 1h;
};

TEST_F(RushTest, what_comes_alone_does_not_wait) {
  EXPECT_EQ(wait_of("a"), 0ms);
  now_ += 50ms;
  EXPECT_EQ(wait_of("b"), 0ms);
}

TEST_F(RushTest, news_of_one_are_no_rush) {
  EXPECT_EQ(wait_of("a"), 0ms);
  now_ += 10ms;
  EXPECT_EQ(wait_of("a"), 0ms);
}

TEST_F(RushTest, news_of_several_wait_until_it_is_quiet) {
  wait_of("a");
  now_ += 10ms;
  EXPECT_EQ(wait_of("b"), 50ms);
  now_ += 49ms;
  EXPECT_EQ(wait_of("b"), 50ms);
  now_ += 50ms;
  EXPECT_EQ(wait_of("c"), 0ms);
}

TEST_F(RushTest, a_rush_that_does_not_end_keeps_nothing_back_for_ever) {
  wait_of("a");
  for (int i = 0; i < 4; ++i) {
    now_ += 40ms;
    wait_of(i % 2 == 0 ? "b" : "a");
  }
  now_ += 30ms;
  EXPECT_EQ(wait_of("b"), 10ms);
  now_ += 20ms;
  EXPECT_LE(wait_of("a"), 0ms);
}

}  // namespace
}  // namespace reconciler::controller
