// What the process asks of the C library's allocator, so that what it holds of the system follows
// what it uses, through bursts and years.
#pragma once

namespace caspilink::program {

// Once, before there is a second thread.
void settle_allocator();

// Gives the system back what lies free; some milliseconds, in which other threads may wait for
// memory. To be called every minute or so.
void return_free_memory();

}  // namespace caspilink::program
