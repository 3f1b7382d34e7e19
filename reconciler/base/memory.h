#pragma once

namespace reconciler {

/// Gives what is allocated no more back to the system, which the C library keeps for later otherwise. For after work
/// that needed much; takes some milliseconds.
void release_unused_memory();

}  // namespace reconciler
