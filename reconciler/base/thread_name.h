#pragma once

#include <pthread.h>

namespace reconciler {

/// Names the calling thread for debuggers and `top -H`; at most 15 characters.
inline void name_this_thread(const char* name) { pthread_setname_np(pthread_self(), name); }

}  // namespace reconciler
