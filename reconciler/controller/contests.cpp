#include "controller/contests.h"

#include <algorithm>

namespace reconciler::controller {
namespace {

using namespace std::chrono_literals;

/// So often an object is put back at once.
constexpr int kPatience = 3;
constexpr Duration kFirstTruce = 4s;
constexpr Duration kLongestTruce = 5min;
/// An object that stays as it is for so long after its truce is fought over no more.
constexpr Duration kPeace = 1min;

Duration truce_after(int rounds) {
  if (rounds < kPatience) return 0s;
  return std::min(kLongestTruce, kFirstTruce * (1 << std::min(rounds - kPatience, 10)));
}

}  // namespace

void Contests::put_back(const std::string& environment, const sync::Desired& desired, SteadyTime now) {
  const std::scoped_lock lock(mutex_);
  auto& fight = fights_[environment][desired.key];
  const bool goes_on = fight.digest == desired.digest && now - fight.last < truce_after(fight.rounds) + kPeace;
  fight = {desired.digest, goes_on ? fight.rounds + 1 : 1, now};
}

Contests::Truce Contests::truce(const std::string& environment, const sync::DesiredSet& set, SteadyTime now) {
  const std::scoped_lock lock(mutex_);
  Truce truce;
  auto& fights = fights_[environment];
  std::erase_if(fights, [&](const auto& entry) {
    const sync::Desired* desired = set.find(entry.first);
    const Fight& fight = entry.second;
    return desired == nullptr || desired->digest != fight.digest ||
           now - fight.last >= truce_after(fight.rounds) + kPeace;
  });
  for (const auto& [key, fight] : fights) {
    const auto until = fight.last + truce_after(fight.rounds);
    if (until <= now) continue;
    truce.objects.insert(key);
    truce.until = std::min(truce.until.value_or(until), until);
  }
  return truce;
}

void Contests::forget(const std::string& environment) {
  const std::scoped_lock lock(mutex_);
  fights_.erase(environment);
}

}  // namespace reconciler::controller
