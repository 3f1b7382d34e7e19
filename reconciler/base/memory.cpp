#include "base/memory.h"

#include <malloc.h>

namespace reconciler {

void share_memory_among_threads() {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 2);
#endif
}

void release_unused_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace reconciler
