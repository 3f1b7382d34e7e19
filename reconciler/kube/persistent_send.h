#pragma once

#include <functional>

#include "base/clock.h"
#include "kube/retry.h"
#include "kube/transport.h"

namespace reconciler::kube {

/// What a request of nobody in particular is sent with. All outlive the request.
struct SendMeans {
  Transport& transport;
  const Clock& clock;
  Random random;
  Duration time_limit;  ///< For a request with all its tries.
};

/// Sends a request that does no harm when it is repeated, until its answer is final (see `pause_before_retry`). Never
/// blocks; `done` is called on the transport thread.
void send_persistently(const SendMeans& means, HttpRequest request, std::function<void(HttpAnswer&&)> done);

}  // namespace reconciler::kube
