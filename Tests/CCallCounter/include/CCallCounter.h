// Counts what a fault handler must not call, for a test: allocations, releases of memory, locks.
//
// In C because an executable's own `malloc` takes the place of the system's for all libraries, Swift's runtime too.
#ifndef CCALLCOUNTER_H
#define CCALLCOUNTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ccallcounter_counts {
    uint64_t allocations;
    uint64_t releases;
    uint64_t locks;
} ccallcounter_counts;

/// Touches one byte at each multiple of `stride`, `count` times. Returns what this thread called meanwhile: the loop itself
/// calls nothing, so it is what the fault handler called.
ccallcounter_counts ccallcounter_touch(uintptr_t start, size_t stride, size_t count, bool is_write);

#endif
