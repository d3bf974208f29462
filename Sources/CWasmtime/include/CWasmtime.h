// The part of Wasmtime's C API that is used here, declared for version 50.0.1: its header does not come with the
// library. Names, layouts and ownership are those of the library; layouts.c asserts the layouts.
#ifndef LAZYPAGES_CWASMTIME_H
#define LAZYPAGES_CWASMTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// MARK: Vectors. The owner releases one with its `_delete` function.

typedef struct wasm_byte_vec_t {
    size_t size;
    char *data;
} wasm_byte_vec_t;
typedef wasm_byte_vec_t wasm_name_t;
void wasm_byte_vec_delete(wasm_byte_vec_t *);

typedef struct wasm_valtype_t wasm_valtype_t;
typedef struct wasm_valtype_vec_t {
    size_t size;
    wasm_valtype_t **data;
} wasm_valtype_vec_t;

/// Takes the types over, not the array that they lie in.
void wasm_valtype_vec_new(wasm_valtype_vec_t *, size_t size, wasm_valtype_t *const types[]);

typedef struct wasm_importtype_t wasm_importtype_t;
typedef struct wasm_importtype_vec_t {
    size_t size;
    wasm_importtype_t **data;
} wasm_importtype_vec_t;
void wasm_importtype_vec_delete(wasm_importtype_vec_t *);

typedef struct wasm_exporttype_t wasm_exporttype_t;
typedef struct wasm_exporttype_vec_t {
    size_t size;
    wasm_exporttype_t **data;
} wasm_exporttype_vec_t;
void wasm_exporttype_vec_delete(wasm_exporttype_vec_t *);

// MARK: Types. All of these are borrowed from what they were asked of.

typedef struct wasm_externtype_t wasm_externtype_t;
typedef struct wasm_functype_t wasm_functype_t;
typedef struct wasm_globaltype_t wasm_globaltype_t;
typedef struct wasm_memorytype_t wasm_memorytype_t;

enum { WASM_EXTERN_FUNC = 0, WASM_EXTERN_GLOBAL = 1, WASM_EXTERN_TABLE = 2, WASM_EXTERN_MEMORY = 3 };
enum { WASM_I32 = 0, WASM_I64 = 1, WASM_F32 = 2, WASM_F64 = 3, WASM_EXTERNREF = 128, WASM_FUNCREF = 129 };
enum { WASM_CONST = 0, WASM_VAR = 1 };

/// The caller owns what these two return.
wasm_valtype_t *wasm_valtype_new(uint8_t kind);
wasm_valtype_t *wasmtime_wasm_valtype_v128(void);
bool wasmtime_wasm_valtype_equal(const wasm_valtype_t *, const wasm_valtype_t *);
/// Takes both vectors' types over; the caller owns the function type.
wasm_functype_t *wasm_functype_new(wasm_valtype_vec_t *params, wasm_valtype_vec_t *results);
void wasm_functype_delete(wasm_functype_t *);
const wasm_valtype_vec_t *wasm_functype_params(const wasm_functype_t *);
const wasm_valtype_vec_t *wasm_functype_results(const wasm_functype_t *);
const wasm_valtype_t *wasm_globaltype_content(const wasm_globaltype_t *);
uint8_t wasm_globaltype_mutability(const wasm_globaltype_t *);
uint64_t wasmtime_memorytype_minimum(const wasm_memorytype_t *);
bool wasmtime_memorytype_maximum(const wasm_memorytype_t *, uint64_t *maximum);
const wasm_functype_t *wasm_externtype_as_functype_const(const wasm_externtype_t *);
const wasm_globaltype_t *wasm_externtype_as_globaltype_const(const wasm_externtype_t *);
const wasm_memorytype_t *wasm_externtype_as_memorytype_const(const wasm_externtype_t *);
const wasm_name_t *wasm_importtype_module(const wasm_importtype_t *);
const wasm_name_t *wasm_importtype_name(const wasm_importtype_t *);
const wasm_externtype_t *wasm_importtype_type(const wasm_importtype_t *);
const wasm_name_t *wasm_exporttype_name(const wasm_exporttype_t *);
const wasm_externtype_t *wasm_exporttype_type(const wasm_exporttype_t *);

// MARK: Errors and traps. The caller owns what a function returns.

typedef struct wasmtime_error wasmtime_error_t;
wasmtime_error_t *wasmtime_error_new(const char *message);
void wasmtime_error_delete(wasmtime_error_t *);
void wasmtime_error_message(const wasmtime_error_t *, wasm_name_t *message);

typedef struct wasm_trap_t wasm_trap_t;
typedef struct wasm_frame_t wasm_frame_t;
enum { WASMTIME_TRAP_CODE_MEMORY_OUT_OF_BOUNDS = 1, WASMTIME_TRAP_CODE_UNREACHABLE_CODE_REACHED = 9 };
wasm_trap_t *wasmtime_trap_new_code(uint8_t code);
void wasm_trap_delete(wasm_trap_t *);
void wasm_trap_message(const wasm_trap_t *, wasm_byte_vec_t *message);
wasm_frame_t *wasm_trap_origin(const wasm_trap_t *);
void wasm_frame_delete(wasm_frame_t *);
uint32_t wasm_frame_func_index(const wasm_frame_t *);
size_t wasm_frame_module_offset(const wasm_frame_t *);
const wasm_name_t *wasmtime_frame_func_name(const wasm_frame_t *);
/// False for a trap that a host function made.
bool wasmtime_trap_code(const wasm_trap_t *, uint8_t *code);

// MARK: Configuration and engine

typedef struct wasm_config_t wasm_config_t;
typedef struct wasm_engine_t wasm_engine_t;
wasm_config_t *wasm_config_new(void);
/// Takes the configuration over.
wasm_engine_t *wasm_engine_new_with_config(wasm_config_t *);
void wasm_engine_delete(wasm_engine_t *);

enum { WASMTIME_STRATEGY_AUTO = 0, WASMTIME_STRATEGY_CRANELIFT = 1, WASMTIME_STRATEGY_WINCH = 2 };
void wasmtime_config_strategy_set(wasm_config_t *, uint8_t);
void wasmtime_config_parallel_compilation_set(wasm_config_t *, bool);
void wasmtime_config_wasm_threads_set(wasm_config_t *, bool);
void wasmtime_config_wasm_relaxed_simd_set(wasm_config_t *, bool);
void wasmtime_config_wasm_multi_memory_set(wasm_config_t *, bool);
void wasmtime_config_wasm_memory64_set(wasm_config_t *, bool);
void wasmtime_config_wasm_function_references_set(wasm_config_t *, bool);
void wasmtime_config_wasm_gc_set(wasm_config_t *, bool);
void wasmtime_config_wasm_exceptions_set(wasm_config_t *, bool);
void wasmtime_config_cranelift_nan_canonicalization_set(wasm_config_t *, bool);
void wasmtime_config_memory_may_move_set(wasm_config_t *, bool);
void wasmtime_config_memory_reservation_set(wasm_config_t *, uint64_t);
void wasmtime_config_memory_guard_size_set(wasm_config_t *, uint64_t);
void wasmtime_config_memory_init_cow_set(wasm_config_t *, bool);
/// Has the compiler count what a program does; without fuel it traps.
void wasmtime_config_consume_fuel_set(wasm_config_t *, bool);

// MARK: Linear memory of the host's making

typedef struct wasmtime_linear_memory {
    void *env;
    uint8_t *(*get_memory)(void *env, size_t *byte_size, size_t *byte_capacity);
    wasmtime_error_t *(*grow_memory)(void *env, size_t new_size);
    void (*finalizer)(void *env);
} wasmtime_linear_memory_t;

typedef wasmtime_error_t *(*wasmtime_new_memory_callback_t)(
    void *env, const wasm_memorytype_t *type, size_t minimum, size_t maximum, size_t reserved_size_in_bytes,
    size_t guard_size_in_bytes, wasmtime_linear_memory_t *memory);

typedef struct wasmtime_memory_creator {
    void *env;
    wasmtime_new_memory_callback_t new_memory;
    void (*finalizer)(void *env);
} wasmtime_memory_creator_t;

/// Copies the creator.
void wasmtime_config_host_memory_creator_set(wasm_config_t *, wasmtime_memory_creator_t *);

// MARK: Modules

typedef struct wasmtime_module wasmtime_module_t;
wasmtime_error_t *wasmtime_wat2wasm(const char *text, size_t size, wasm_byte_vec_t *binary);
/// Nil for a valid module, which is not compiled.
wasmtime_error_t *wasmtime_module_validate(wasm_engine_t *, const uint8_t *binary, size_t size);
wasmtime_error_t *wasmtime_module_new(wasm_engine_t *, const uint8_t *binary, size_t size, wasmtime_module_t **);
wasmtime_error_t *wasmtime_module_serialize(const wasmtime_module_t *, wasm_byte_vec_t *);
wasmtime_error_t *wasmtime_module_deserialize(wasm_engine_t *, const uint8_t *bytes, size_t size, wasmtime_module_t **);
void wasmtime_module_delete(wasmtime_module_t *);
void wasmtime_module_imports(const wasmtime_module_t *, wasm_importtype_vec_t *);
void wasmtime_module_exports(const wasmtime_module_t *, wasm_exporttype_vec_t *);
/// Where the module's compiled code lies.
void wasmtime_module_image_range(const wasmtime_module_t *, void **start, void **end);

// MARK: Store, instance and what it exports

typedef struct wasmtime_store wasmtime_store_t;
typedef struct wasmtime_context wasmtime_context_t;
wasmtime_store_t *wasmtime_store_new(wasm_engine_t *, void *data, void (*finalizer)(void *));
void wasmtime_store_delete(wasmtime_store_t *);
wasmtime_context_t *wasmtime_store_context(wasmtime_store_t *);
/// An error if the engine does not count fuel.
wasmtime_error_t *wasmtime_context_set_fuel(wasmtime_context_t *, uint64_t);
/// A negative number keeps Wasmtime's own limit. Memory in bytes.
void wasmtime_store_limiter(
    wasmtime_store_t *, int64_t memory_size, int64_t table_elements, int64_t instances, int64_t tables,
    int64_t memories);

typedef struct wasmtime_func {
    uint64_t store_id;
    void *opaque;
} wasmtime_func_t;

typedef struct wasmtime_memory {
    struct {
        uint64_t store_id;
        uint32_t opaque1;
    } instance;
    uint32_t opaque2;
} wasmtime_memory_t;

typedef struct wasmtime_global {
    uint64_t store_id;
    uint32_t opaque1;
    uint32_t opaque2;
    uint32_t opaque3;
} wasmtime_global_t;

typedef struct wasmtime_instance {
    uint64_t store_id;
    size_t opaque;
} wasmtime_instance_t;

typedef union wasmtime_extern_union {
    wasmtime_func_t func;
    wasmtime_global_t global;
    wasmtime_memory_t memory;
    void *sharedmemory;
} wasmtime_extern_union_t;

typedef struct wasmtime_extern {
    uint8_t kind;
    wasmtime_extern_union_t of;
} wasmtime_extern_t;

/// The largest members of the library's union are references, which no value here is.
typedef struct wasmtime_reference {
    uint64_t store_id;
    uint32_t opaque1;
    uint32_t opaque2;
    void *opaque3;
} wasmtime_reference_t;

typedef union wasmtime_valunion {
    int32_t i32;
    int64_t i64;
    float f32;
    double f64;
    wasmtime_reference_t reference;
    uint8_t v128[16];
} wasmtime_valunion_t;

typedef struct wasmtime_val {
    uint8_t kind;
    wasmtime_valunion_t of;
} wasmtime_val_t;

typedef struct wasmtime_caller wasmtime_caller_t;

/// Writes all results, or returns a trap, which the library takes over.
typedef wasm_trap_t *(*wasmtime_func_callback_t)(
    void *env, wasmtime_caller_t *, const wasmtime_val_t *params, size_t param_count, wasmtime_val_t *results,
    size_t result_count);

/// A function of the host's. The type stays the caller's; the finalizer is called with `env` when the store goes.
void wasmtime_func_new(
    wasmtime_context_t *, const wasm_functype_t *, wasmtime_func_callback_t, void *env, void (*finalizer)(void *),
    wasmtime_func_t *);

wasmtime_error_t *wasmtime_instance_new(
    wasmtime_context_t *, const wasmtime_module_t *, const wasmtime_extern_t *imports, size_t import_count,
    wasmtime_instance_t *, wasm_trap_t **);
bool wasmtime_instance_export_get(
    wasmtime_context_t *, const wasmtime_instance_t *, const char *name, size_t name_size, wasmtime_extern_t *);

wasmtime_error_t *wasmtime_func_call(
    wasmtime_context_t *, const wasmtime_func_t *, const wasmtime_val_t *params, size_t param_count,
    wasmtime_val_t *results, size_t result_count, wasm_trap_t **);
void wasmtime_global_get(wasmtime_context_t *, const wasmtime_global_t *, wasmtime_val_t *);
wasmtime_error_t *wasmtime_global_set(wasmtime_context_t *, const wasmtime_global_t *, const wasmtime_val_t *);

/// In Wasm pages.
uint64_t wasmtime_memory_size(const wasmtime_context_t *, const wasmtime_memory_t *);
/// In Wasm pages.
wasmtime_error_t *wasmtime_memory_grow(
    wasmtime_context_t *, const wasmtime_memory_t *, uint64_t delta, uint64_t *previous);

#endif
