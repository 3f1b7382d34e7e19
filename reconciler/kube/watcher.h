#pragma once

#include <memory>

#include "base/clock.h"
#include "kube/discovery.h"
#include "kube/retry.h"
#include "kube/transport.h"
#include "kube/watch.h"

namespace reconciler::kube {

/// What every watch of a connection shares. All outlive the watches.
struct WatchMeans {
  Transport& transport;
  Discovery& discovery;
  const Clock& clock;
  Random random;
  Duration request_timeout;
};

/// A watch as a state machine on the transport thread:
///
///     resolving ─► listing ─► watching ─► (end of stream) watching again
///         ▲           ▲           │
///         │           └─ 410 ─────┤
///         └───────── 404 ─────────┘
///
/// Pauses with jitter grow with each failure in a row, and begin anew after a watch that stood for ten seconds.
std::unique_ptr<Watch> start_watch(const WatchMeans& means, const ListRequest& request, WatchHandler& handler);

}  // namespace reconciler::kube
