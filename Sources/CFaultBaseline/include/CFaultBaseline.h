// The plain way to load pages on their first touch, in C: what `lazypages bench faults` measures the engine against.
//
// In C because that is the comparison: a signal handler that does the same system calls and the same copy, and nothing
// else.
#ifndef CFAULTBASELINE_H
#define CFAULTBASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What the handler does with the page of a fault.
typedef struct cfaultbaseline_work {
    uintptr_t memory;
    /// In bytes.
    size_t memory_size;
    /// In bytes.
    size_t page_size;
    /// As much as there is memory, and copied page by page; NULL copies nothing.
    const void *data;
    /// Whether the page is read-only in the end, or can be written.
    bool read_only;
} cfaultbaseline_work;

/// Takes SIGSEGV, on the thread's alternate signal stack, until `cfaultbaseline_end`. A fault elsewhere aborts.
/// Returns 0, or the errno of the failure.
int cfaultbaseline_begin(cfaultbaseline_work work);

/// Gives SIGSEGV back to who had it before. Returns 0, or the errno of the failure.
int cfaultbaseline_end(void);

/// Touches one byte of each of the pages in the given order, as compiled code does. Returns how long that took, in
/// nanoseconds.
uint64_t cfaultbaseline_touch(
    uintptr_t memory, size_t page_size, const uint32_t *pages, size_t page_count, bool is_write);

#endif
