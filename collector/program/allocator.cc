#include "collector/program/allocator.h"

#include <malloc.h>

namespace caspilink::program {

void settle_allocator() {
  // Whatever is large, a scrape's text above all, goes back to the system when it is done with:
  // left alone, malloc keeps some of it for every thread that ever answered one.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  // Each of gRPC's threads happens to decode a whole window once in a while; in an arena of its own
  // that much stays with every one of them.
  mallopt(M_ARENA_MAX, 4);
}

void return_free_memory() { malloc_trim(0); }

}  // namespace caspilink::program
