// System calls that Swift cannot make: it does not see C functions with variable arguments.
#ifndef CLINUXCALLS_H
#define CLINUXCALLS_H

#include <stddef.h>

/// Moves a mapping to the place of another of the same size, which it replaces. Its old place stays mapped, and empty, so
/// that no other thread is given it. Returns 0, or the errno of the failure.
int move_mapping(void *from, void *to, size_t size);

/// From now on the process may install no signal handler: sigaction fails with EPERM. Returns 0, or the errno of the
/// failure.
int forbid_sigaction(void);

#endif
