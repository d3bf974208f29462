// prctl takes a variable number of arguments, which Swift cannot call.
#include <signal.h>
#include <sys/prctl.h>

// Has the kernel send SIGKILL to this process when the thread that started it ends. 0, or -1 with errno.
static inline int lp_die_with_parent_thread(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); }
