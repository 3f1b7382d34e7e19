#include "controller/backoff.h"

#include <algorithm>
#include <random>

namespace reconciler::controller {
namespace {

double random_part() {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
}

Duration scaled(Duration duration, double factor) {
  return Duration(static_cast<Duration::rep>(static_cast<double>(duration.count()) * factor));
}

}  // namespace

Duration backoff(unsigned failures, Duration first, Duration most) {
  const unsigned doublings = std::min(failures == 0 ? 0 : failures - 1, 20U);
  return scaled(std::min(first * (1L << doublings), most), 1.0 - 0.2 * random_part());
}

Duration jittered(Duration interval) { return scaled(interval, 0.9 + 0.2 * random_part()); }

}  // namespace reconciler::controller
