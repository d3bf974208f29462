// The sizes and offsets that the library was built with, on the two 64-bit architectures that are served.
#include "CWasmtime.h"

_Static_assert(sizeof(wasm_byte_vec_t) == 16 && offsetof(wasm_byte_vec_t, data) == 8, "byte vector");
_Static_assert(sizeof(wasmtime_func_t) == 16, "function handle");
_Static_assert(sizeof(wasmtime_memory_t) == 24 && offsetof(wasmtime_memory_t, opaque2) == 16, "memory handle");
_Static_assert(sizeof(wasmtime_global_t) == 24 && offsetof(wasmtime_global_t, opaque3) == 16, "global handle");
_Static_assert(sizeof(wasmtime_instance_t) == 16, "instance handle");
_Static_assert(sizeof(wasmtime_extern_t) == 32 && offsetof(wasmtime_extern_t, of) == 8, "external value");
_Static_assert(sizeof(wasmtime_val_t) == 32 && offsetof(wasmtime_val_t, of) == 8, "value");
_Static_assert(sizeof(wasmtime_linear_memory_t) == 32, "linear memory");
_Static_assert(sizeof(wasmtime_memory_creator_t) == 24, "memory creator");
