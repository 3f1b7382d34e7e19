#pragma once

#include <string>

namespace reconciler::controller {

/// A name for one sync: 16 hexadecimal digits that no other sync has. They grow with time, so that a sync with a later
/// name has done what an earlier one was asked for. Thread-safe.
std::string make_sync_id();

/// For a sync that the annotation gitops.spira.dev/resync asks for: its value, when that is such an identity (another
/// replica put it there), else a new one.
std::string sync_id_for(const std::string& asked);

}  // namespace reconciler::controller
