import CWasmtime
import Pages

/// Wasmtime, configured so that a job's result depends on its inputs only, and memory is ours. Create the process's first
/// before the fault handler is installed.
final class WasmtimeEngine {
    let handle: OpaquePointer
    let compiler: ProgramCompiler
    let memories = LinearMemoryMaker()

    init(compiler: ProgramCompiler, compilesInParallel: Bool) throws(RuntimeError) {
        guard let config = wasm_config_new() else { throw .engineNotCreated }
        self.compiler = compiler
        wasmtime_config_strategy_set(config, compiler.strategy)
        wasmtime_config_parallel_compilation_set(config, compilesInParallel)
        wasmtime_config_wasm_threads_set(config, false)
        wasmtime_config_wasm_relaxed_simd_set(config, false)
        wasmtime_config_wasm_multi_memory_set(config, false)
        wasmtime_config_wasm_memory64_set(config, false)
        // Exceptions too live on a heap that no limit of ours bounds.
        wasmtime_config_wasm_gc_set(config, false)
        wasmtime_config_wasm_exceptions_set(config, false)
        wasmtime_config_wasm_function_references_set(config, false)
        wasmtime_config_cranelift_nan_canonicalization_set(config, true)
        // The whole address space is reserved, so that memory never moves and bounds need no check in code.
        wasmtime_config_memory_may_move_set(config, false)
        wasmtime_config_memory_reservation_set(config, 1 << 32)
        wasmtime_config_memory_guard_size_set(config, 32 << 20)
        // A host-made memory cannot be initialised by mapping; Wasmtime aborts if asked for both.
        wasmtime_config_memory_init_cow_set(config, false)
        var creator = wasmtime_memory_creator_t(
            env: Unmanaged.passUnretained(memories).toOpaque(), new_memory: newLinearMemory, finalizer: nil)
        wasmtime_config_host_memory_creator_set(config, &creator)
        guard let handle = wasm_engine_new_with_config(config) else { throw .engineNotCreated }
        self.handle = handle
    }

    deinit { wasm_engine_delete(handle) }
}
