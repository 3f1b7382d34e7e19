#include "kube/retry.h"

#include <gtest/gtest.h>

namespace reconciler::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kPlenty = seconds(30);

HttpAnswer code(int code) { return {code, "", {}, Failure::kNone, ""}; }
HttpAnswer failure(Failure failure) { return {0, "", {}, failure, ""}; }

std::optional<Duration> pause(const HttpAnswer& answer, Repeat repeat, int tries = 1, Duration remaining = kPlenty) {
  return pause_before_retry(answer, repeat, tries, remaining, 0.5);
}

TEST(Retry, a_busy_server_is_asked_again_whatever_the_request) {
  EXPECT_TRUE(pause(code(429), Repeat::kSafe));
  EXPECT_TRUE(pause(code(429), Repeat::kOnlyIfNotDone));
}

TEST(Retry, what_may_have_been_done_is_repeated_only_when_that_is_safe) {
  for (const auto& answer : {code(502), code(503), code(504), failure(Failure::kLost)}) {
    EXPECT_TRUE(pause(answer, Repeat::kSafe)) << answer.code;
    EXPECT_FALSE(pause(answer, Repeat::kOnlyIfNotDone)) << answer.code;
  }
  EXPECT_TRUE(pause(failure(Failure::kNoConnection), Repeat::kOnlyIfNotDone));
}

TEST(Retry, a_final_answer_is_not_repeated) {
  for (const int final : {200, 201, 400, 401, 403, 404, 409, 410, 422, 500})
    EXPECT_FALSE(pause(code(final), Repeat::kSafe));
  EXPECT_FALSE(pause(failure(Failure::kTimeout), Repeat::kSafe));
  EXPECT_FALSE(pause(failure(Failure::kTooLarge), Repeat::kSafe));
}

TEST(Retry, an_unreachable_server_is_given_up_after_four_tries) {
  EXPECT_TRUE(pause(failure(Failure::kNoConnection), Repeat::kSafe, 3));
  EXPECT_FALSE(pause(failure(Failure::kNoConnection), Repeat::kSafe, 4));
}

TEST(Retry, pauses_double_up_to_five_seconds) {
  EXPECT_EQ(pause(code(503), Repeat::kSafe, 1), milliseconds(75));
  EXPECT_EQ(pause(code(503), Repeat::kSafe, 2), milliseconds(150));
  EXPECT_EQ(pause(code(503), Repeat::kSafe, 50), milliseconds(3750));
}

TEST(Retry, the_server_s_own_pause_is_kept_to) {
  auto answer = code(429);
  answer.retry_after = seconds(7);
  EXPECT_GE(pause(answer, Repeat::kSafe), seconds(7));
}

TEST(Retry, no_pause_lasts_beyond_the_time_limit) {
  auto answer = code(429);
  answer.retry_after = seconds(7);
  EXPECT_FALSE(pause(answer, Repeat::kSafe, 1, seconds(7)));
  EXPECT_FALSE(pause(code(503), Repeat::kSafe, 1, milliseconds(10)));
}

TEST(BackOff, grows_to_its_cap_and_is_spread_over_half_of_it) {
  EXPECT_EQ(back_off(1, seconds(30), 0), milliseconds(250));
  EXPECT_EQ(back_off(2, seconds(30), 0), milliseconds(500));
  EXPECT_EQ(back_off(100, seconds(30), 0), seconds(15));
  EXPECT_GT(back_off(100, seconds(30), 0.999), milliseconds(29900));
}

}  // namespace
}  // namespace reconciler::kube
