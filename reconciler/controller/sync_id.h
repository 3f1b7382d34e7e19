#pragma once

#include <string>

namespace reconciler::controller {

/// A name for one sync: 16 hexadecimal digits that no other sync has. Thread-safe.
std::string make_sync_id();

}  // namespace reconciler::controller
