#pragma once

namespace reconciler::http {

/// Gives cpprestsdk's one thread pool, which its listener and its client share, its few threads, instead of the 40 that
/// it would start by itself. Called before the first use of either; later calls do nothing. Nothing that runs there may
/// block.
void start_thread_pool();

}  // namespace reconciler::http
