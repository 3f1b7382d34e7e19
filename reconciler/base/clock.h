#pragma once

#include <chrono>
#include <string>

namespace reconciler {

using Duration = std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

/// Time as the service sees it. Thread-safe. The real one asks the system; tests turn the hands of theirs.
class Clock {
 public:
  virtual ~Clock() = default;
  /// For deadlines and durations: never goes back.
  virtual SteadyTime steady() const = 0;
  /// For what people read.
  virtual WallTime wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
  WallTime wall() const override { return std::chrono::system_clock::now(); }
};

/// RFC 3339 in UTC with whole seconds, as Kubernetes writes times: `2026-01-31T12:00:00Z`.
std::string rfc3339(WallTime time);

}  // namespace reconciler
