#pragma once

#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "kube/config.h"
#include "kube/connect.h"
#include "kube/transport.h"

namespace reconciler::kube {

/// The real transport: one thread named `kube-transport` that drives libcurl's multi interface. All exchanges share one
/// HTTP/2 connection, and a second one when the server allows no more streams (100, as kube-apiserver has it).
/// Its destructor ends the thread; exchanges that are open then are dropped without a call.
/// A 401 is answered by reading the token file again and, when it holds another token, by one more try.
/// Errors: kInvalid for a server that is no URL or for a connection that cannot be set up.
Result<std::unique_ptr<Transport>> start_curl_transport(const ClusterConfig& config, const ConnectOptions& options,
                                                        const Clock& clock);

}  // namespace reconciler::kube
