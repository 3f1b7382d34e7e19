#include "base/clock.h"

#include <gtest/gtest.h>

namespace reconciler {
namespace {

std::string after_epoch(std::int64_t seconds) { return rfc3339(WallTime(std::chrono::seconds(seconds))); }

TEST(Rfc3339, is_in_utc_with_whole_seconds) {
  EXPECT_EQ(after_epoch(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(after_epoch(1769860800), "2026-01-31T12:00:00Z");
  EXPECT_EQ(after_epoch(951782400), "2000-02-29T00:00:00Z");
  EXPECT_EQ(after_epoch(4102444799), "2099-12-31T23:59:59Z");
}

TEST(Rfc3339, drops_what_is_below_a_second) {
  EXPECT_EQ(rfc3339(WallTime(std::chrono::milliseconds(1999))), "1970-01-01T00:00:01Z");
}

TEST(SystemClock, never_goes_back) {
  const SystemClock clock;
  const auto first = clock.steady();
  EXPECT_LE(first, clock.steady());
}

}  // namespace
}  // namespace reconciler
