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

// What was there before the backstop.
static struct sigaction beneath;
static int backstop_error;
// Whether another handler is between the two, to be asked.
static bool is_backstop_in_place;

// The fault that the handler before ours is asked to end the program at; the backstop clears it.
static _Thread_local const siginfo_t *asked __attribute__((tls_model("initial-exec")));

/// What was there before ours decides: a handler is called with the original arguments; for default or ignore the
/// default is restored, so that the instruction faults again and the process dies in the ordinary way.
static void forward(const struct sigaction *to, int signal_number, siginfo_t *info, void *user_context) {
    if (to->sa_flags & SA_SIGINFO) {
        to->sa_sigaction(signal_number, info, user_context);
    } else if (to->sa_handler == SIG_IGN && info->si_code <= 0) {
        // Someone sent the signal, and it was to be ignored.
    } else if (to->sa_handler == SIG_DFL || to->sa_handler == SIG_IGN) {
        struct sigaction standard;
        memset(&standard, 0, sizeof standard);
        standard.sa_handler = SIG_DFL;
        sigaction(signal_number, &standard, NULL);
        // A signal that someone sent does not come again by itself.
        if (info->si_code <= 0) raise(signal_number);
    } else {
        to->sa_handler(signal_number);
    }
}

static void stop_back(int signal_number, siginfo_t *info, void *user_context) {
    if (is_backstop_in_place && asked == info) {
        asked = NULL;
    } else {
        forward(&beneath, signal_number, info, user_context);
    }
}

/// Whether the handler before ours has taken the fault, which it has unless it went on to the backstop.
static bool is_taken_by_previous(int signal_number, siginfo_t *info, void *user_context) {
    asked = info;
    forward(&previous, signal_number, info, user_context);
    const bool is_taken = asked != NULL;
    asked = NULL;
    return is_taken;
}

static void handle(int signal_number, siginfo_t *info, void *user_context) {
    const uintptr_t address = (uintptr_t)info->si_addr;
    // si_code is positive only for faults; for a sent signal the address means nothing.
    if (address >= region.start && address < region.end && info->si_code > 0) {
        const int saved_errno = errno;
        const lazypages_access access = lazypages_access_of(user_context);
        lazypages_verdict verdict =
            region.callback(region.context, address, access, lazypages_pc_of(user_context));
        if (verdict == LAZYPAGES_END_PROGRAM) {
            errno = saved_errno;
            if (is_taken_by_previous(signal_number, info, user_context)) return;
            verdict = region.callback(region.context, address, access, 0);
        }
        errno = saved_errno;
        if (verdict == LAZYPAGES_RESUME) return;
    }
    forward(&previous, signal_number, info, user_context);
}

static int set_handler(void (*handler)(int, siginfo_t *, void *), struct sigaction *replaced) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    // SA_SIGINFO: the address is needed. SA_ONSTACK: the program's own stack may be the thing that overflowed.
    // No SA_NODEFER: a fault inside the handler must kill the process rather than recur.
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    return sigaction(SIGSEGV, &action, replaced) == 0 ? 0 : errno;
}

static void install(void) {
    install_error = set_handler(handle, &previous);
    is_backstop_in_place = previous.sa_sigaction != stop_back;
}

static void install_backstop(void) { backstop_error = set_handler(stop_back, &beneath); }

int lazypages_fault_handler_install(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const int error = pthread_once(&once, install);
    return error != 0 ? error : install_error;
}

int lazypages_backstop_install(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const int error = pthread_once(&once, install_backstop);
    return error != 0 ? error : backstop_error;
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
