#pragma once

namespace reconciler {

/// Lets all threads take memory from two places, instead of from one of their own each as the C library has it: what
/// many threads that mostly wait leave behind is much less then. Once, before there are other threads.
void share_memory_among_threads();

/// Gives what is allocated no more back to the system, which the C library keeps for later otherwise. For after work
/// that needed much; takes some milliseconds.
void release_unused_memory();

}  // namespace reconciler
