// Process functions of Linux and glibc that Swift does not see: they take a variable number of arguments, or are
// declared for GNU sources only.
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

#endif
