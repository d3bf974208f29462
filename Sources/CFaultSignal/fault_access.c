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

#include "aarch64_frame.h"

#include <asm/sigcontext.h>

_Static_assert(sizeof(struct _aarch64_ctx) == sizeof(lazypages_aarch64_record), "a record's head");
_Static_assert(
    offsetof(struct _aarch64_ctx, magic) == offsetof(lazypages_aarch64_record, magic) &&
        offsetof(struct _aarch64_ctx, size) == offsetof(lazypages_aarch64_record, size),
    "a record's head");
_Static_assert(ESR_MAGIC == LAZYPAGES_AARCH64_ESR_MAGIC, "the magic of the syndrome's record");
_Static_assert(sizeof(struct esr_context) == sizeof(lazypages_aarch64_esr_record), "the syndrome's record");
_Static_assert(
    offsetof(struct esr_context, esr) == offsetof(lazypages_aarch64_esr_record, syndrome), "the syndrome's place");
_Static_assert(
    offsetof(mcontext_t, __reserved) == offsetof(struct sigcontext, __reserved) &&
        offsetof(mcontext_t, __reserved) % LAZYPAGES_AARCH64_RECORD_ALIGNMENT == 0 &&
        sizeof((mcontext_t){0}.__reserved) == 4096,
    "the area of the records");
_Static_assert(offsetof(mcontext_t, pc) == offsetof(struct sigcontext, pc), "the instruction's address");

lazypages_access lazypages_access_of(const void *user_context) {
    const ucontext_t *context = user_context;
    return lazypages_aarch64_access(context->uc_mcontext.__reserved, sizeof context->uc_mcontext.__reserved);
}

uintptr_t lazypages_pc_of(const void *user_context) {
    const ucontext_t *context = user_context;
    return (uintptr_t)context->uc_mcontext.pc;
}

#else
#error "lazypages knows the signal frames of x86-64 and aarch64"
#endif
