#define _GNU_SOURCE
#include "CCallCounter.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

// glibc's own names for what is replaced here; its headers do not declare them.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *pointer);

static _Thread_local ccallcounter_counts calls __attribute__((tls_model("initial-exec")));

void *malloc(size_t size) {
    calls.allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    calls.allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    calls.allocations++;
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    calls.allocations++;
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    calls.allocations++;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    calls.allocations++;
    void *const pointer = __libc_memalign(alignment, size);
    if (pointer == NULL) return ENOMEM;
    *result = pointer;
    return 0;
}

void free(void *pointer) {
    if (pointer != NULL) calls.releases++;
    __libc_free(pointer);
}

int pthread_mutex_lock(pthread_mutex_t *mutex) {
    static int (*real)(pthread_mutex_t *);
    if (real == NULL) real = (int (*)(pthread_mutex_t *))dlsym(RTLD_NEXT, "pthread_mutex_lock");
    calls.locks++;
    return real(mutex);
}

ccallcounter_counts ccallcounter_touch(uintptr_t start, size_t stride, size_t count, bool is_write) {
    const ccallcounter_counts before = calls;
    for (size_t index = 0; index < count; index++) {
        volatile unsigned char *const byte = (unsigned char *)start + index * stride;
        if (is_write) {
            *byte = 1;
        } else {
            (void)*byte;
        }
    }
    return (ccallcounter_counts){
        .allocations = calls.allocations - before.allocations,
        .releases = calls.releases - before.releases,
        .locks = calls.locks - before.locks,
    };
}
