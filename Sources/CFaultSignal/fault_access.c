#define _GNU_SOURCE
#include "fault_access.h"

#include <ucontext.h>

#if defined(__x86_64__)

// Intel SDM volume 3, "Interrupt 14": bit 1 of the page-fault error code is set for a write.
lazypages_access lazypages_access_of(const void *user_context) {
    const ucontext_t *context = user_context;
    return (context->uc_mcontext.gregs[REG_ERR] & 2) ? LAZYPAGES_ACCESS_WRITE : LAZYPAGES_ACCESS_READ;
}

uintptr_t lazypages_pc_of(const void *user_context) {
    const ucontext_t *context = user_context;
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
}

#elif defined(__aarch64__)

#include <asm/sigcontext.h>
#include <stddef.h>

_Static_assert(sizeof(struct _aarch64_ctx) == 8, "a record of the signal frame begins with magic and size");
_Static_assert(offsetof(struct esr_context, esr) == 8, "the syndrome follows the record's head");

// The kernel's signal frame ends in records; the one with the exception syndrome (ESR_EL1) is not always there.
// Arm ARM D17.2.37: exception class 0x24 is a data abort from a lower level, and bit 6 (WnR) is set for a write.
lazypages_access lazypages_access_of(const void *user_context) {
    const ucontext_t *context = user_context;
    const unsigned char *area = (const unsigned char *)context->uc_mcontext.__reserved;
    const size_t area_size = sizeof context->uc_mcontext.__reserved;
    size_t offset = 0;
    while (offset + sizeof(struct _aarch64_ctx) <= area_size) {
        const struct _aarch64_ctx *record = (const struct _aarch64_ctx *)(area + offset);
        if (record->magic == 0 || record->size < sizeof *record || record->size > area_size - offset) break;
        if (record->magic == ESR_MAGIC && record->size >= sizeof(struct esr_context)) {
            const uint64_t syndrome = ((const struct esr_context *)record)->esr;
            if (((syndrome >> 26) & 0x3f) != 0x24) return LAZYPAGES_ACCESS_UNKNOWN;
            return (syndrome & (1u << 6)) ? LAZYPAGES_ACCESS_WRITE : LAZYPAGES_ACCESS_READ;
        }
        offset += record->size;
    }
    return LAZYPAGES_ACCESS_UNKNOWN;
}

uintptr_t lazypages_pc_of(const void *user_context) {
    const ucontext_t *context = user_context;
    return (uintptr_t)context->uc_mcontext.pc;
}

#else
#error "lazypages knows the signal frames of x86-64 and aarch64"
#endif
