// Page faults of program memory, told apart from every other SIGSEGV.
//
// In C because a signal handler needs plain thread-local storage and the processor's saved state, which Swift can
// reach neither without its runtime nor in its type system.
#ifndef LAZYPAGES_FAULT_SIGNAL_H
#define LAZYPAGES_FAULT_SIGNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What the faulting instruction was doing, from the processor's error code.
typedef enum lazypages_access {
    LAZYPAGES_ACCESS_UNKNOWN = -1,
    LAZYPAGES_ACCESS_READ = 0,
    LAZYPAGES_ACCESS_WRITE = 1,
} lazypages_access;

/// What is to happen after a fault in the active region.
typedef enum lazypages_verdict {
    /// The page is open: run the instruction again.
    LAZYPAGES_RESUME = 0,
    /// Hand the fault to the handler that was installed before ours.
    LAZYPAGES_FORWARD = 1,
    /// The same, for that handler to end the program at the instruction. If it does not know how, the backstop says so,
    /// and the callback is asked again, with no instruction.
    LAZYPAGES_END_PROGRAM = 2,
} lazypages_verdict;

/// Called on the thread's signal stack for a fault in the active region. `pc` is the faulting instruction's address; 0
/// when the program cannot be ended there.
typedef lazypages_verdict (*lazypages_fault_callback)(
    void *context, uintptr_t address, lazypages_access access, uintptr_t pc);

/// Installs the SIGSEGV handler, once per process; later calls do nothing. What was installed before receives every
/// fault that is not ours. Returns 0, or the errno of the failure.
int lazypages_fault_handler_install(void);

/// Installs the backstop, once per process: the handler that the WebAssembly runtime's passes on to when it does not know
/// an instruction as one that can trap. To be called before the runtime installs its own; later it does nothing. Returns
/// 0, or the errno of the failure.
int lazypages_backstop_install(void);

/// Gives the calling thread an alternate signal stack of `size` bytes above a guard page, unless it has one from an
/// earlier call. It is released when the thread ends. Returns 0, or the errno of the failure.
int lazypages_signal_stack_set_up(size_t size);

/// Makes [start, end) the calling thread's active region. `context` must stay valid until the region is cleared.
void lazypages_region_set(uintptr_t start, uintptr_t end, lazypages_fault_callback callback, void *context);

/// After this no fault of the calling thread is ours.
void lazypages_region_clear(void);

/// The context of the calling thread's active region; NULL if there is none.
void *lazypages_region_context(void);

/// Gives the calling thread a new runtime context and ends its active region, which was the former one's. Returns the
/// context's number, which no other context of the process has.
uint64_t lazypages_runtime_context_replace(void);

/// The number of the calling thread's runtime context; 0 if it has none.
uint64_t lazypages_runtime_context(void);

/// Aborts after writing `message` with write(2): for an invariant broken where nothing else is safe.
_Noreturn void lazypages_abort(const char *message);

#include "aarch64_frame.h"

#endif
