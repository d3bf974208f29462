// Process functions of Linux and glibc that Swift does not see: they take a variable number of arguments, are declared for
// GNU sources only, or are in a header that its module leaves out.
#ifndef CPROCESS_H
#define CPROCESS_H

#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
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

// Memory of so many bytes, all zero, that a process can share by handing its descriptor on (memfd_create(2)). It is closed
// on exec. -1 with errno.
int cprocess_shared_memory(const char *name, size_t size);

// A word that another process may read or write at the same time.
static inline void cprocess_store(uint64_t *word, uint64_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }
static inline uint64_t cprocess_add(uint64_t *word, uint64_t value) {
    return __atomic_fetch_add(word, value, __ATOMIC_ACQ_REL);
}
static inline uint64_t cprocess_load(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }

#endif
