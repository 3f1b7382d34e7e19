#pragma once

#include <cstddef>
#include <functional>

namespace reconciler {

/// Calls `work` with each number below `count` once, on this thread and on one more for each further core (three at
/// most), and returns when all calls have. The calls may come in any order and at the same time: what they make must
/// not depend on it. `work` must not throw. Threads are made anew for each call, as the kernel puts a new one on an
/// idle core at once, and a woken one often beside who woke it; so give it work of a millisecond or more.
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace reconciler
