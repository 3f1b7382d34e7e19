#pragma once

#include <functional>
#include <optional>

#include "base/clock.h"
#include "kube/transport.h"

namespace reconciler::kube {

/// A number in [0, 1), for jitter. Tests give a constant.
using Random = std::function<double()>;

/// The process's own source of jitter; thread-safe.
double random_fraction();

/// Whether a second time does no harm, when it is not known if the first was carried out.
enum class Repeat { kSafe, kOnlyIfNotDone };

/// Whether, and after which pause, a request is sent again: 429 always; 502, 503, 504 and a lost connection only when a
/// repetition is safe; a connection that cannot be made three times. `tries` counts those that have ended, this one
/// included. Nothing when the answer is final, or when the pause would last beyond `remaining`.
std::optional<Duration> pause_before_retry(const HttpAnswer& answer, Repeat repeat, int tries, Duration remaining,
                                           double random);

/// Growing pauses for what is tried without end: doubled from half a second up to `cap`, each between half and the
/// whole of its length. `failures` counts those in a row, from 1.
Duration back_off(int failures, Duration cap, double random);

}  // namespace reconciler::kube
