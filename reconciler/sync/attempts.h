#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sync/plan.h"

namespace reconciler::sync {

/// Collects what went wrong with the objects of one set, so that all of it can be said at once.
class Attempts {
 public:
  void failed(const Desired& desired, Error error);
  void failed(const ObjectKey& key, const std::string& origin, Error error);

  /// Those that the server has judged: being stopped or without a server says nothing of an object.
  const Refusals& refusals() const { return refusals_; }
  /// Being stopped or without a server; absent while neither is known.
  const std::optional<Error>& interruption() const { return interruption_; }
  /// What the failures amount to. Being stopped or without a server counts before being refused: then nobody knows what
  /// the server would have said. Absent without a failure. `outcome` says what it means, as "nothing was changed".
  std::optional<Error> error(std::size_t tried, const std::string& outcome) const;

 private:
  Refusals refusals_;
  std::vector<Cause> causes_;
  std::optional<Error> interruption_;
  bool all_forbidden_ = true;
};

/// `error` as a Status.
Status verdict(const Attempts& attempts, std::size_t tried, const std::string& outcome);

}  // namespace reconciler::sync
