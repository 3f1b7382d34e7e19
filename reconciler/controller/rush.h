#pragma once

#include <algorithm>
#include <string>

#include "base/clock.h"

namespace reconciler::controller {

/// Tells whether news of several come one after the other, so that they had better be told together: when it is quiet
/// again, or the patience is over. What comes alone has nothing to wait for. No input or output; not thread-safe.
class Rush {
 public:
  Rush(Duration quiet, Duration patience) : quiet_(quiet), patience_(patience) {}

  void came(const std::string& name, SteadyTime now) {
    const bool goes_on = now - last_ < quiet_ && (name != name_ || over_ > began_);
    if (!goes_on) began_ = now;
    over_ = goes_on ? std::min(now + quiet_, began_ + patience_) : now;
    last_ = now;
    name_ = name;
  }

  /// Until when what came waits.
  SteadyTime over() const { return over_; }

 private:
  const Duration quiet_;
  const Duration patience_;
  std::string name_;  ///< Whose news came last, and when.
  SteadyTime last_{};
  SteadyTime began_{};
  SteadyTime over_{};
};

}  // namespace reconciler::controller
