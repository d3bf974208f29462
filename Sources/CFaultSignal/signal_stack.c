#define _GNU_SOURCE
#include "CFaultSignal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct signal_stack {
    void *mapping;
    size_t mapping_size;
} signal_stack;

static pthread_key_t stack_key;
static int key_error;

/// Runs when a thread ends: the kernel must forget the stack before it is unmapped.
static void release(void *value) {
    signal_stack *stack = value;
    stack_t none;
    memset(&none, 0, sizeof none);
    none.ss_flags = SS_DISABLE;
    sigaltstack(&none, NULL);
    munmap(stack->mapping, stack->mapping_size);
    free(stack);
}

static void make_key(void) { key_error = pthread_key_create(&stack_key, release); }

int lazypages_signal_stack_set_up(size_t size) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const int once_error = pthread_once(&once, make_key);
    if (once_error != 0 || key_error != 0) return once_error != 0 ? once_error : key_error;
    if (pthread_getspecific(stack_key) != NULL) return 0;

    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t usable = (size + page - 1) / page * page;
    signal_stack *stack = malloc(sizeof *stack);
    if (stack == NULL) return ENOMEM;
    stack->mapping_size = usable + page;
    stack->mapping = mmap(NULL, stack->mapping_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack->mapping == MAP_FAILED) {
        const int error = errno;
        free(stack);
        return error;
    }
    // The lowest page stays inaccessible: a stack that overflows dies instead of writing into its neighbour.
    stack_t alternate;
    memset(&alternate, 0, sizeof alternate);
    alternate.ss_sp = (char *)stack->mapping + page;
    alternate.ss_size = usable;
    int error = 0;
    if (mprotect(alternate.ss_sp, usable, PROT_READ | PROT_WRITE) != 0 || sigaltstack(&alternate, NULL) != 0) {
        error = errno;
    } else {
        error = pthread_setspecific(stack_key, stack);
    }
    if (error != 0) release(stack);
    return error;
}
