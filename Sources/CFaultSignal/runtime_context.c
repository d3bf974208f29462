#include "CFaultSignal.h"

#include <stdatomic.h>

static _Thread_local uint64_t current;

uint64_t lazypages_runtime_context_replace(void) {
    static _Atomic uint64_t latest;
    lazypages_region_clear();
    current = atomic_fetch_add(&latest, 1) + 1;
    return current;
}

uint64_t lazypages_runtime_context(void) { return current; }
