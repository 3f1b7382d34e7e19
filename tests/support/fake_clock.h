#pragma once

#include <atomic>

#include "base/clock.h"

namespace reconciler::test {

/// A clock whose hands the test turns. Its steady time begins a day before that of the machine, so that whoever waits
/// for a time of this clock by the machine's is never held up. Thread-safe.
class FakeClock final : public Clock {
 public:
  /// With a `stride` the clock goes on by it each time that somebody reads its steady time: then a loop that waits for
  /// a time winds the clock itself.
  explicit FakeClock(Duration stride = Duration(0)) : stride_(stride) {}

  SteadyTime steady() const override { return SteadyTime(elapsed_.fetch_add(stride_.count()) * kUnit - kHeadStart); }
  /// 2026-01-31T12:00:00Z and what has passed since the clock was made.
  WallTime wall() const override { return WallTime(std::chrono::seconds(1769860800) + elapsed_.load() * kUnit); }

  void advance(Duration time) { elapsed_.fetch_add(time.count()); }

 private:
  static constexpr Duration kUnit{1};
  static constexpr Duration kHeadStart = std::chrono::hours(24);

  const Duration stride_;
  mutable std::atomic<Duration::rep> elapsed_{0};
};

}  // namespace reconciler::test
