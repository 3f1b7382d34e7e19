#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "object/key.h"
#include "sync/desired.h"

namespace reconciler::controller {

/// Tells a fight from a slip: an object that somebody changes again each time that it is put back is left alone for a
/// while, longer each time. Remembers in memory only: after a restart a fight is found anew. Thread-safe.
class Contests {
 public:
  /// Objects that are left alone now, and until when the first of them is.
  struct Truce {
    std::set<ObjectKey> objects;
    std::optional<SteadyTime> until;
  };

  /// The object was put back to what Git says.
  void put_back(const std::string& environment, const sync::Desired& desired, SteadyTime now);
  Truce truce(const std::string& environment, const sync::DesiredSet& set, SteadyTime now);
  void forget(const std::string& environment);

 private:
  struct Fight {
    std::string digest;  ///< What Git said: another word of Git ends the fight.
    int rounds = 0;      ///< How often in a row it was put back.
    SteadyTime last{};
  };

  std::mutex mutex_;
  std::map<std::string, std::map<ObjectKey, Fight>> fights_;  ///< By environment. Guarded by mutex_.
};

}  // namespace reconciler::controller
