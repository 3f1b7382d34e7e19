#include "controller/backoff.h"

#include <set>

#include <gtest/gtest.h>

namespace reconciler::controller {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kTries = 200;

TEST(Backoff, doubles_from_the_first_to_the_most_and_takes_off_a_fifth_at_most) {
  const Duration whole[] = {seconds(1), seconds(2), seconds(4), seconds(8), seconds(10), seconds(10)};
  for (unsigned failures = 1; failures <= std::size(whole); ++failures) {
    for (int i = 0; i < kTries; ++i) {
      const auto wait = backoff(failures, seconds(1), seconds(10));
      EXPECT_LE(wait, whole[failures - 1]) << failures;
      EXPECT_GE(wait, whole[failures - 1] * 4 / 5) << failures;
    }
  }
}

TEST(Backoff, a_great_many_failures_wait_as_long_as_the_most) {
  for (const unsigned failures : {32U, 64U, 1000U, 4294967295U}) {
    EXPECT_LE(backoff(failures, seconds(1), minutes(5)), minutes(5));
    EXPECT_GE(backoff(failures, seconds(1), minutes(5)), minutes(4));
  }
}

TEST(Backoff, the_most_bounds_the_first_too) {
  EXPECT_LE(backoff(1, seconds(10), milliseconds(500)), milliseconds(500));
}

TEST(Backoff, before_the_first_failure_it_is_as_after_it) {
  EXPECT_LE(backoff(0, seconds(1), seconds(10)), seconds(1));
  EXPECT_GE(backoff(0, seconds(1), seconds(10)), milliseconds(800));
}

TEST(Backoff, many_do_not_come_back_at_once) {
  std::set<Duration> waits;
  for (int i = 0; i < kTries; ++i) waits.insert(backoff(1, minutes(1), minutes(1)));
  EXPECT_GT(waits.size(), 1U);
}

TEST(Jitter, stays_within_a_tenth) {
  std::set<Duration> waits;
  for (int i = 0; i < kTries; ++i) {
    const auto wait = jittered(seconds(30));
    EXPECT_GE(wait, seconds(27));
    EXPECT_LE(wait, seconds(33));
    waits.insert(wait);
  }
  EXPECT_GT(waits.size(), 1U);
}

}  // namespace
}  // namespace reconciler::controller
