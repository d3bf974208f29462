#define _GNU_SOURCE
#include "CFaultBaseline.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

static cfaultbaseline_work work;
static struct sigaction previous;

static void handle(int signal_number, siginfo_t *info, void *user_context) {
    (void)signal_number;
    (void)user_context;
    const uintptr_t offset = (uintptr_t)info->si_addr - work.memory;
    if (offset >= work.memory_size) abort();
    const size_t page = offset / work.page_size * work.page_size;
    char *const start = (char *)work.memory + page;
    if (work.data != NULL) {
        if (mprotect(start, work.page_size, PROT_READ | PROT_WRITE) != 0) abort();
        memcpy(start, (const char *)work.data + page, work.page_size);
        if (!work.read_only) return;
    }
    if (mprotect(start, work.page_size, work.read_only ? PROT_READ : PROT_READ | PROT_WRITE) != 0) abort();
}

int cfaultbaseline_begin(cfaultbaseline_work new_work) {
    work = new_work;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    return sigaction(SIGSEGV, &action, &previous) == 0 ? 0 : errno;
}

int cfaultbaseline_end(void) { return sigaction(SIGSEGV, &previous, NULL) == 0 ? 0 : errno; }

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

uint64_t cfaultbaseline_touch(
    uintptr_t memory, size_t page_size, const uint32_t *pages, size_t page_count, bool is_write) {
    const uint64_t start = now();
    for (size_t index = 0; index < page_count; index++) {
        volatile unsigned char *const byte = (unsigned char *)memory + pages[index] * page_size;
        if (is_write) {
            *byte = 1;
        } else {
            (void)*byte;
        }
    }
    return now() - start;
}
