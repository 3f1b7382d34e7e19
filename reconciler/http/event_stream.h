#pragma once

#include <cstddef>

#include "controller/api.h"
#include "http/feed.h"
#include "http/message.h"

namespace reconciler::http {

/// Begins to send the events of an environment as server-sent events (HTML Living Standard, section 9.2): each with its
/// id, `event:` status, transition or gone, and JSON as `data:`. A caller who missed more than may wait
/// is told how things stand instead. Nothing when there is no such environment, or another replica works on it;
/// when one takes it over, the stream ends. `api` outlives what is returned.
std::optional<Streaming> open_event_stream(controller::Api& api, const Following& following, std::size_t most_waiting);

}  // namespace reconciler::http
