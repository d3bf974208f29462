import LazyPages
import Metering
import Pages
import WorkerProtocol

/// Runs WebAssembly programs on lazily loaded memory. One per process, used by one thread.
public final class ProgramRuntime {
    private let engine: WasmtimeEngine
    private let source: any PageSource
    private let cache: CompiledCodeCache?
    private let inspector: ModuleInspector
    private let hostFunctions: HostFunctions
    /// Of the latest execution.
    private var lazyPages: LazyPages?
    /// Compiled modules by their keys, and the order in which they were last used.
    private var loaded: [String: CompiledModule] = [:]
    private var recentlyUsed: [String] = []

    /// Machine code kept in memory, in bytes; what Wasmtime notes of a module takes as much again.
    private static let loadedSizeLimit = 128 << 20
    /// Modules kept in memory.
    private static let loadedLimit = 128

    /// - Parameters:
    ///   - source: where stored pages come from.
    ///   - cacheDirectory: where compiled code is kept between processes; nil keeps none.
    ///   - memoryLimit: the largest memory that is served, in Wasm pages.
    ///   - compiler: what compiles programs; compiled code of one is no use to the other.
    ///   - compilesInParallel: on several threads, which only pays for large modules.
    ///   - hostFunctions: what programs can import beside their memory.
    public init(
        source: any PageSource, cacheDirectory: String?, memoryLimit: UInt32, compiler: ProgramCompiler = .cranelift,
        compilesInParallel: Bool = true, hostFunctions: [HostFunction] = []
    ) throws(RuntimeError) {
        do throws(InitError) {
            try LazyPages.installBackstop()
        } catch {
            throw .lazyPages(error)
        }
        // Before the fault handler: what is not a page fault goes on to Wasmtime's handler.
        engine = try WasmtimeEngine(compiler: compiler, compilesInParallel: compilesInParallel)
        do throws(InitError) { _ = try LazyPages(source: source) } catch { throw .lazyPages(error) }
        self.source = source
        if let cacheDirectory { cache = try CompiledCodeCache(directory: cacheDirectory) } else { cache = nil }
        self.hostFunctions = HostFunctions(hostFunctions)
        inspector = ModuleInspector(engine: engine, memoryLimit: memoryLimit, hostFunctions: self.hostFunctions)
    }

    /// Makes the folder for compiled code, if it is not there.
    /// - Throws: `RuntimeError.cacheDirectory` if `init` would refuse it.
    public static func checkCacheDirectory(_ path: String) throws(RuntimeError) {
        _ = try CompiledCodeCache(directory: path)
    }

    /// Decides whether an upload can be run, meters it, and keeps the compiled code of the form that jobs try first.
    public func inspect(code: [UInt8], isText: Bool) throws(ModuleRefusal) -> InspectedModule {
        let (inspected, module) = try inspector.inspect(code: code, isText: isText)
        let key = Self.codeKey(hash: inspected.description.hash, form: .fast)
        cache?.store(module, key: key, compiler: engine.compiler)
        keep(module, key: key)
        return inspected
    }

    /// Names the compiled code of a module in one form, or of a module that meters itself in any.
    /// - Parameter hash: of the module as it was uploaded.
    public static func codeKey(hash: String, form: MeteringForm) -> String {
        "\(hash).\(form.rawValue).\(Weights.standard.version)"
    }

    /// The compiled module: from memory, from the disk, or compiled from the binary that `code` fetches.
    public func module<Failure: Error>(
        key: String, code: () throws(Failure) -> [UInt8]
    ) throws(Failure) -> Result<CompiledModule, ExecutionError> {
        if let module = loaded[key] ?? cache?.load(key: key, engine: engine, hostFunctions: hostFunctions) {
            keep(module, key: key)
            return .success(module)
        }
        let binary = try code()
        do {
            let module = try CompiledModule(engine: engine, binary: binary, hostFunctions: hostFunctions)
            cache?.store(module, key: key, compiler: engine.compiler)
            keep(module, key: key)
            return .success(module)
        } catch {
            return .failure(.moduleUnusable(error.summary))
        }
    }

    /// Runs one entry.
    /// - Parameter willStart: called right before the program's first instruction.
    public func execute(
        _ module: CompiledModule, _ request: ExecutionRequest, willStart: () -> Void = {}
    ) throws(ExecutionError) -> ExecutionReport {
        try ProgramExecution(engine: engine, lazyPages: newLazyPages())
            .run(module, request, willStart: willStart, didReturn: { _ in })
    }

    /// What the engine did for the latest execution, also where that failed.
    public var counters: ExecutionCounters { (try? lazyPages?.counters()) ?? ExecutionCounters() }

    /// Runs one entry.
    /// - Parameter didReturn: is shown the whole memory of a program that returned. A page that was not accessed has
    ///   the module's initial bytes there, whatever the store has.
    package func execute(
        _ module: CompiledModule, _ request: ExecutionRequest, didReturn: (UnsafeRawBufferPointer) -> Void
    ) throws(ExecutionError) -> ExecutionReport {
        try ProgramExecution(engine: engine, lazyPages: newLazyPages())
            .run(module, request, willStart: {}, didReturn: didReturn)
    }

    /// Runs one entry on plain memory, as `EagerExecution` says.
    package func executeEagerly(
        _ module: CompiledModule, _ request: ExecutionRequest,
        fill: @escaping (UnsafeMutableRawBufferPointer, Int) -> Void, didReturn: (UnsafeRawBufferPointer) -> Void
    ) throws(ExecutionError) -> EagerReport {
        try EagerExecution(engine: engine)
            .run(module, request, fill: fill, didReturn: didReturn)
    }

    /// Made for each execution: a thread has one runtime context, the latest, and another runtime may have run meanwhile.
    private func newLazyPages() throws(ExecutionError) -> LazyPages {
        do throws(InitError) {
            let lazyPages = try LazyPages(source: source)
            self.lazyPages = lazyPages
            return lazyPages
        } catch {
            throw .engineInvariant("\(error)")
        }
    }

    private func keep(_ module: CompiledModule, key: String) {
        loaded[key] = module
        recentlyUsed.removeAll { $0 == key }
        recentlyUsed.append(key)
        var size = loaded.values.reduce(0) { $0 + $1.codeRange.count }
        while recentlyUsed.count > 1, recentlyUsed.count > Self.loadedLimit || size > Self.loadedSizeLimit {
            size -= loaded.removeValue(forKey: recentlyUsed.removeFirst())?.codeRange.count ?? 0
        }
    }
}
