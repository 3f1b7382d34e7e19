#pragma once

#include "base/clock.h"

namespace reconciler::controller {

/// How long to wait after the n-th failure in a row (from 1): `first`, doubled each time up to `most`, less a random
/// part of up to a fifth so that many do not come back at once. Thread-safe.
Duration backoff(unsigned failures, Duration first, Duration most);

/// `interval` give or take a random part of up to a tenth. Thread-safe.
Duration jittered(Duration interval);

}  // namespace reconciler::controller
