// What the processor's saved state says of a fault.
#ifndef LAZYPAGES_FAULT_ACCESS_H
#define LAZYPAGES_FAULT_ACCESS_H

#include "CFaultSignal.h"

/// Read or write, from the page-fault error code; unknown if the saved state does not say.
lazypages_access lazypages_access_of(const void *user_context);

/// The address of the faulting instruction.
uintptr_t lazypages_pc_of(const void *user_context);

#endif
