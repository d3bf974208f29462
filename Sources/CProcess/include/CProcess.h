// Process functions of Linux and glibc that Swift does not see: they take a variable number of arguments, are declared for
// GNU sources only, or are in a header that its module leaves out.
#ifndef CPROCESS_H
#define CPROCESS_H

#include <spawn.h>
#include <sys/types.h>

// Has the kernel send SIGKILL to this process when the thread that started it ends (prctl, PR_SET_PDEATHSIG).
// 0, or -1 with errno.
int cprocess_die_with_parent_thread(void);

// The process at the other end of a Unix socket; of a socket pair, the one that made it (unix(7), SO_PEERCRED).
// -1 with errno if it is not known.
pid_t cprocess_peer(int descriptor);

// Has the new process begin with no descriptor open from `first` on. 0, or an error number.
int cprocess_spawn_closing_from(posix_spawn_file_actions_t *actions, int first);

// A signal's name without "SIG"; null if it has none.
const char *cprocess_signal_name(int number);

// Has malloc keep up to so many bytes that were freed at the end of its heap, and take large blocks from there, too
// (mallopt(3), M_TRIM_THRESHOLD and M_MMAP_THRESHOLD). At most 32 MiB.
void cprocess_keep_heap(int bytes);

#endif
