#include "base/memory.h"

#include <malloc.h>

namespace reconciler {

void release_unused_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace reconciler
