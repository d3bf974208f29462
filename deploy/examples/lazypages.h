/*
 * lazypages.h: write programs for lazypages in C.
 *
 *     #include "lazypages.h"
 *
 *     static uint64_t visits;                    // statics live in memory, and memory persists
 *
 *     LP_ENTRY(handle) {                         // a job calls an entry; `handle` is the default one
 *         visits++;
 *         lp_reply(&visits, sizeof visits);      // the job's answer
 *     }
 *
 *     deploy/examples/build.sh FOLDER visits.c   // compiles it to FOLDER/visits.wasm
 *
 * What a job is. It brings a payload, any bytes; the program reads them, changes its memory and may reply with bytes of
 * its own. When the entry returns, every page of memory that was written is stored, and the next job finds it. When the
 * program panics or traps, or its gas runs out, nothing of the job is kept.
 *
 * What memory costs. Memory is loaded in pages of 16 KiB when they are touched: each costs gas at its first read, at its
 * first write, and once more if it was stored before. Pages that a job does not touch cost it nothing, however many there
 * are. So keep together what is used together. The stack (64 KiB, enough for most) is free and starts empty at every
 * job: locals and small buffers belong there.
 *
 * What does not persist: the stack, and nothing else that C can name.
 *
 * The functions `gr_…`, `alloc` and `free_range` are the Gear protocol's program interface, as the service offers it to
 * every language; those that begin with `lp_` are made of them here. One source file of a program includes this header,
 * and it must be linked first.
 */
#ifndef LAZYPAGES_H
#define LAZYPAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef __wasm_bulk_memory__
#error "compile for WebAssembly with bulk memory operations: --target=wasm32-unknown-unknown -mbulk-memory"
#endif

#define LP_WASM_PAGE 65536u
#define LP_NORETURN __attribute__((noreturn))
#define LP_IMPORT(name) __attribute__((import_module("env"), import_name(#name))) extern

/* ---- The interface -------------------------------------------------------------------------------------------------
 *
 * Numbers are little-endian. An `error` that a function writes is 0 if all went well. A `value` is an amount of the
 * protocol's currency; where one is asked for, GR_NO_VALUE means zero.
 */

typedef struct { uint8_t bytes[32]; } gr_hash;          /* a message, a program, a user */
typedef struct { uint64_t low, high; } gr_u128;         /* an amount */
typedef struct { gr_hash hash; gr_u128 value; } gr_hash_value;
typedef struct { uint32_t error; gr_hash hash; } gr_error_hash;
typedef struct { uint32_t error, handle; } gr_error_handle;
typedef struct { uint32_t error; uint8_t code[4]; } gr_error_reply_code;
typedef struct { uint32_t number; gr_hash hash; } gr_block_hash;

/* Of version 1. */
typedef struct __attribute__((packed)) {
    uint32_t performance_multiplier;                    /* percent */
    gr_u128 existential_deposit;
    uint64_t mailbox_threshold;                         /* gas */
    uint64_t gas_per_value;
    gr_u128 value_per_gas;
} gr_environment;

#define GR_NO_VALUE ((const gr_u128 *)UINT32_MAX)

/* Memory, in pages of 64 KiB. `alloc` answers the first page, or UINT32_MAX if there is no room. What is freed is gone
 * for good at the end of the job, and what was never written reads as zero. */
LP_IMPORT(alloc) uint32_t alloc(uint32_t pages);
LP_IMPORT(free_range) int32_t free_range(uint32_t first_page, uint32_t last_page);

/* Input: the payload of the job. */
LP_IMPORT(gr_size) void gr_size(uint32_t *length);
LP_IMPORT(gr_read) void gr_read(uint32_t at, uint32_t length, void *buffer, uint32_t *error);

/* The reply: at once, or pushed in pieces and then committed; from memory, or straight from the payload (`_input`). */
LP_IMPORT(gr_reply) void gr_reply(const void *payload, uint32_t length, const gr_u128 *value, gr_error_hash *result);
LP_IMPORT(gr_reply_push) void gr_reply_push(const void *payload, uint32_t length, uint32_t *error);
LP_IMPORT(gr_reply_commit) void gr_reply_commit(const gr_u128 *value, gr_error_hash *result);
LP_IMPORT(gr_reply_input)
void gr_reply_input(uint32_t offset, uint32_t length, const gr_u128 *value, gr_error_hash *result);
LP_IMPORT(gr_reply_push_input) void gr_reply_push_input(uint32_t offset, uint32_t length, uint32_t *error);

/* What the job's `context` says. */
LP_IMPORT(gr_source) void gr_source(gr_hash *sender);
LP_IMPORT(gr_program_id) void gr_program_id(gr_hash *self);
LP_IMPORT(gr_message_id) void gr_message_id(gr_hash *message);
LP_IMPORT(gr_value) void gr_value(gr_u128 *received);
LP_IMPORT(gr_value_available) void gr_value_available(gr_u128 *owned);
LP_IMPORT(gr_block_height) void gr_block_height(uint32_t *height);
LP_IMPORT(gr_block_timestamp) void gr_block_timestamp(uint64_t *milliseconds);
LP_IMPORT(gr_random) void gr_random(const gr_hash *subject, gr_block_hash *random);
LP_IMPORT(gr_env_vars) void gr_env_vars(uint32_t version, gr_environment *environment);
LP_IMPORT(gr_reply_to) void gr_reply_to(gr_error_hash *result);
LP_IMPORT(gr_reply_code) void gr_reply_code(gr_error_reply_code *result);
LP_IMPORT(gr_gas_available) void gr_gas_available(uint64_t *gas);

/* Messages to others, returned with the job. `delay` is a number of blocks. */
LP_IMPORT(gr_send)
void gr_send(const gr_hash_value *to, const void *payload, uint32_t length, uint32_t delay, gr_error_hash *result);
LP_IMPORT(gr_send_input)
void gr_send_input(const gr_hash_value *to, uint32_t offset, uint32_t length, uint32_t delay, gr_error_hash *result);
LP_IMPORT(gr_send_init) void gr_send_init(gr_error_handle *result);
LP_IMPORT(gr_send_push) void gr_send_push(uint32_t handle, const void *payload, uint32_t length, uint32_t *error);
LP_IMPORT(gr_send_push_input)
void gr_send_push_input(uint32_t handle, uint32_t offset, uint32_t length, uint32_t *error);
LP_IMPORT(gr_send_commit)
void gr_send_commit(uint32_t handle, const gr_hash_value *to, uint32_t delay, gr_error_hash *result);

/* Ends of a job other than returning. The first two keep what was written, and so does waiting; a panic does not. */
LP_IMPORT(gr_leave) LP_NORETURN void gr_leave(void);
LP_IMPORT(gr_exit) LP_NORETURN void gr_exit(const gr_hash *inheritor);
LP_IMPORT(gr_wait) LP_NORETURN void gr_wait(void);
LP_IMPORT(gr_wait_for) LP_NORETURN void gr_wait_for(uint32_t blocks);
LP_IMPORT(gr_wait_up_to) LP_NORETURN void gr_wait_up_to(uint32_t blocks);
LP_IMPORT(gr_panic) LP_NORETURN void gr_panic(const void *text, uint32_t length);
LP_IMPORT(gr_oom_panic) LP_NORETURN void gr_oom_panic(void);

/* A line of the job's `logs`. */
LP_IMPORT(gr_debug) void gr_debug(const void *text, uint32_t length);

/* ---- What the compiler may call ------------------------------------------------------------------------------------ */

__attribute__((weak)) void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    return __builtin_memcpy(to, from, size);            /* one instruction, memory.copy */
}

__attribute__((weak)) void *memmove(void *to, const void *from, size_t size) {
    return __builtin_memmove(to, from, size);
}

__attribute__((weak)) void *memset(void *to, int byte, size_t size) {
    return __builtin_memset(to, byte, size);
}

__attribute__((weak)) int memcmp(const void *left, const void *right, size_t size) {
    const uint8_t *a = left, *b = right;
    for (size_t i = 0; i < size; i++)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}

__attribute__((weak)) size_t strlen(const char *text) {
    size_t length = 0;
    while (text[length]) length++;
    return length;
}

/* ---- Ends and logs ------------------------------------------------------------------------------------------------- */

/* Ends the job; the text is its error message, and nothing of the job is kept. */
LP_NORETURN static inline void lp_panic(const char *text) { gr_panic(text, strlen(text)); }

/* What a program checks of its input: ends the job with the text unless it holds. */
static inline void lp_require(bool holds, const char *text) {
    if (!holds) lp_panic(text);
}

static inline void lp_log(const char *text) { gr_debug(text, strlen(text)); }

/* ---- Entries ------------------------------------------------------------------------------------------------------- */

/* The first byte behind the stack, exported for the service. It must be the first of the program's data, which is what
 * the linker makes of the section's name if the file that includes this header comes first. */
__attribute__((used, weak, section(".rodata_stack_end"))) const char __gear_stack_end = 0;

extern char __stack_high[];                             /* the linker's own idea of the same place */

/* Linked in another way, data would lie where nothing is stored. */
static inline void lp_check_layout(void) {
    uintptr_t marked = (uintptr_t)&__gear_stack_end, real = (uintptr_t)__stack_high;
    __asm__("" : "+r"(marked));                         /* else the compiler takes two names for two places */
    lp_require(marked == real && real % LP_WASM_PAGE == 0,
               "link with --stack-first, a stack of whole pages of 64 KiB, and the file with lazypages.h first");
}

/* Defines an entry, a function that jobs can call: LP_ENTRY(handle) { … } */
#define LP_ENTRY(name)                                                \
    static void lp_entry_##name(void);                                \
    __attribute__((export_name(#name))) void lp_export_##name(void) { \
        lp_check_layout();                                            \
        lp_entry_##name();                                            \
    }                                                                 \
    static void lp_entry_##name(void)

/* ---- Payload and reply --------------------------------------------------------------------------------------------- */

static inline uint32_t lp_payload_size(void) {
    uint32_t size;
    gr_size(&size);
    return size;
}

/* Copies a part of the payload that must be there. */
static inline void lp_payload_read(uint32_t at, void *buffer, uint32_t size) {
    uint32_t error = 0;
    gr_read(at, size, buffer, &error);
    lp_require(error == 0, "the payload is too short");
}

/* Copies the whole payload to a buffer, usually on the stack, and returns its size. */
static inline uint32_t lp_payload(void *buffer, uint32_t capacity) {
    uint32_t size = lp_payload_size();
    lp_require(size <= capacity, "the payload is too long");
    lp_payload_read(0, buffer, size);
    return size;
}

/* Replies; a job can do so once. */
static inline void lp_reply(const void *bytes, uint32_t size) {
    gr_error_hash result = {0};
    gr_reply(bytes, size, GR_NO_VALUE, &result);
    lp_require(result.error == 0, "the reply was refused");
}

/* Adds to a reply that is made in pieces; lp_reply_end sends it. */
static inline void lp_reply_add(const void *bytes, uint32_t size) {
    uint32_t error = 0;
    gr_reply_push(bytes, size, &error);
    lp_require(error == 0, "the reply was refused");
}

static inline void lp_reply_end(void) {
    gr_error_hash result = {0};
    gr_reply_commit(GR_NO_VALUE, &result);
    lp_require(result.error == 0, "the reply was refused");
}

/* ---- Memory -------------------------------------------------------------------------------------------------------- */

/* Whole pages of 64 KiB, zero when they are new. */
static inline void *lp_alloc_pages(uint32_t count) {
    uint32_t page = alloc(count);
    if (page == UINT32_MAX) gr_oom_panic();
    return (void *)(page * LP_WASM_PAGE);
}

/* Blocks of 16 bytes to 32 KiB, in sizes that are powers of two, each size with a list of free ones; larger blocks are
 * pages. The lists are statics: what a job allocates, a later one may free. A block is not cleared. */
enum { LP_SMALLEST = 4, LP_LARGEST = 15 };
static void *lp_free_blocks[LP_LARGEST + 1];
static uint8_t *lp_unused, *lp_unused_end;

static inline uint32_t lp_size_class(size_t size) {
    return size <= 1u << LP_SMALLEST ? LP_SMALLEST : 32 - (uint32_t)__builtin_clz((uint32_t)size - 1);
}

static inline void *lp_allocate(size_t size) {
    if (size > 1u << LP_LARGEST) return lp_alloc_pages((size - 1) / LP_WASM_PAGE + 1);
    uint32_t class = lp_size_class(size);
    void *block = lp_free_blocks[class];
    if (block) {
        lp_free_blocks[class] = *(void **)block;
        return block;
    }
    if ((size_t)(lp_unused_end - lp_unused) < 1u << class) {
        lp_unused = lp_alloc_pages(1);
        lp_unused_end = lp_unused + LP_WASM_PAGE;
    }
    block = lp_unused;
    lp_unused += 1u << class;
    return block;
}

/* Gives back a block of the size that it was allocated with. */
static inline void lp_release(void *block, size_t size) {
    if (size > 1u << LP_LARGEST) {
        uint32_t page = (uint32_t)(uintptr_t)block / LP_WASM_PAGE;
        lp_require(free_range(page, page + (size - 1) / LP_WASM_PAGE) == 0, "no such block");
        return;
    }
    uint32_t class = lp_size_class(size);
    *(void **)block = lp_free_blocks[class];
    lp_free_blocks[class] = block;
}

#endif
