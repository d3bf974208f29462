#define _GNU_SOURCE
#include "CFaultSignal.h"
#include "fault_access.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct active_region {
    uintptr_t start;
    uintptr_t end;
    lazypages_fault_callback callback;
    void *context;
} active_region;

// The initial-exec model makes this a plain load: no call into the loader from a signal handler.
static _Thread_local active_region region __attribute__((tls_model("initial-exec")));

static struct sigaction previous;
static int install_error;

/// What was there before ours decides: a handler is called with the original arguments; for default or ignore the
/// default is restored, so that the instruction faults again and the process dies in the ordinary way.
static void forward(int signal_number, siginfo_t *info, void *user_context) {
    if (previous.sa_flags & SA_SIGINFO) {
        previous.sa_sigaction(signal_number, info, user_context);
    } else if (previous.sa_handler == SIG_IGN && info->si_code <= 0) {
        // Someone sent the signal, and it was to be ignored.
    } else if (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN) {
        struct sigaction standard;
        memset(&standard, 0, sizeof standard);
        standard.sa_handler = SIG_DFL;
        sigaction(signal_number, &standard, NULL);
        // A signal that someone sent does not come again by itself.
        if (info->si_code <= 0) raise(signal_number);
    } else {
        previous.sa_handler(signal_number);
    }
}

static void handle(int signal_number, siginfo_t *info, void *user_context) {
    const uintptr_t address = (uintptr_t)info->si_addr;
    // si_code is positive only for faults; for a sent signal the address means nothing.
    if (address >= region.start && address < region.end && info->si_code > 0) {
        const int saved_errno = errno;
        const lazypages_verdict verdict = region.callback(
            region.context, address, lazypages_access_of(user_context), lazypages_pc_of(user_context));
        errno = saved_errno;
        if (verdict == LAZYPAGES_RESUME) return;
    }
    forward(signal_number, info, user_context);
}

static void install(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handle;
    // SA_SIGINFO: the address is needed. SA_ONSTACK: the program's own stack may be the thing that overflowed.
    // No SA_NODEFER: a fault inside the handler must kill the process rather than recur.
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGSEGV, &action, &previous) != 0) install_error = errno;
}

int lazypages_fault_handler_install(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const int error = pthread_once(&once, install);
    return error != 0 ? error : install_error;
}

void lazypages_region_set(uintptr_t start, uintptr_t end, lazypages_fault_callback callback, void *context) {
    // Only this thread's faults read it, and storing it causes none.
    region = (active_region){.start = start, .end = end, .callback = callback, .context = context};
}

void lazypages_region_clear(void) { memset(&region, 0, sizeof region); }

void *lazypages_region_context(void) { return region.context; }

void lazypages_abort(const char *message) {
    const ssize_t written = write(STDERR_FILENO, message, strlen(message));
    (void)written;
    abort();
}
