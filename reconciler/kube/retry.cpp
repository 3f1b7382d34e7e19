#include "kube/retry.h"

#include <algorithm>
#include <random>

namespace reconciler::kube {
namespace {

constexpr Duration kFirstPause{100};
constexpr Duration kLongestPause = std::chrono::seconds(5);
constexpr int kConnectionTries = 4;

Duration doubled(Duration first, int times, Duration cap) {
  const auto factor = std::int64_t{1} << std::clamp(times, 0, 20);
  return std::min(first * factor, cap);
}

Duration jittered(Duration pause, double random) {
  return std::chrono::duration_cast<Duration>(pause * (0.5 + random / 2));
}

bool may_repeat(const HttpAnswer& answer, Repeat repeat, int tries) {
  switch (answer.failure) {
    case Failure::kNoConnection:
      return tries < kConnectionTries;
    case Failure::kLost:
      return repeat == Repeat::kSafe && tries < kConnectionTries;
    case Failure::kTimeout:
    case Failure::kTooLarge:
      return false;
    case Failure::kNone:
      break;
  }
  if (answer.code == 429) return true;
  return repeat == Repeat::kSafe && (answer.code == 502 || answer.code == 503 || answer.code == 504);
}

}  // namespace

double random_fraction() {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

std::optional<Duration> pause_before_retry(const HttpAnswer& answer, Repeat repeat, int tries, Duration remaining,
                                           double random) {
  if (!may_repeat(answer, repeat, tries)) return std::nullopt;
  auto pause = jittered(doubled(kFirstPause, tries - 1, kLongestPause), random);
  // The server's own pause is a least one: what is added spreads those who were told the same.
  if (answer.retry_after) pause += *answer.retry_after;
  if (pause >= remaining) return std::nullopt;
  return pause;
}

Duration back_off(int failures, Duration cap, double random) {
  return jittered(doubled(std::chrono::milliseconds(500), failures - 1, cap), random);
}

}  // namespace reconciler::kube
