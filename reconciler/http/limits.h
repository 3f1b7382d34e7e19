#pragma once

#include <cstddef>

#include "base/clock.h"

namespace reconciler::http {

/// What one caller, or all of them together, can take of the listener.
struct Limits {
  std::size_t head_bytes = 16 * 1024;           ///< Request line and headers; more is answered 431.
  std::size_t body_bytes = 1024 * 1024;         ///< Of one body; more is answered 413, by its announced length already.
  std::size_t bodies_bytes = 16 * 1024 * 1024;  ///< Of all bodies under way; while they are, others are answered 503.
  std::size_t connections = 256;                ///< A further one takes the place of another (`Connections::admit`).
  std::size_t streams = 64;                     ///< Answers without an end; a further one is answered 503.
  std::size_t stream_bytes = 256 * 1024;        ///< That wait for a slow reader of one; with more it is dropped.
  std::size_t discarded_bytes =
      8 * 1024 * 1024;  ///< Of a refused body, read so that its sender gets to see the answer.
  Duration head_time = std::chrono::seconds(30);   ///< From the last answer (or connect) to the end of the next head.
  Duration body_time = std::chrono::seconds(30);   ///< From the end of the head to the end of the body.
  Duration write_time = std::chrono::seconds(30);  ///< For a whole answer.
  Duration heartbeat = std::chrono::seconds(15);   ///< Between two signs of life of an answer without an end.
  Duration close_time = std::chrono::seconds(1);   ///< For a refused sender to stop, and for answers at shutdown.
};

}  // namespace reconciler::http
