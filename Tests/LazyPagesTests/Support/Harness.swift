import CWasmtime
import LazyPages
import Pages
import Testing

/// A mapping that stands for a program's linear memory, an engine on it, and a gas counter.
final class Harness {
    let memory: Mapping
    let source: DictionarySource
    let engine: LazyPages
    let gas = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
    static let costs: [UInt64] = [100, 200, 300, 10, 20, 30, 1000]

    /// The tests of all targets share a process, and the WebAssembly runtime must install its handler first.
    private static let runtimeIsFirst: Bool = {
        try? LazyPages.installBackstop()
        wasm_engine_delete(wasm_engine_new_with_config(wasm_config_new()))
        return true
    }()

    init(
        wasmPages: Int = 4, source: DictionarySource = DictionarySource(), handler: FaultHandler? = nil
    ) throws {
        try #require(Self.runtimeIsFirst)
        memory = try Mapping(size: wasmPages * PageSize.wasm)
        self.source = source
        engine = try LazyPages(storagePrefix: [0xAA], source: source, handler: handler)
        gas.initialize(to: 1_000_000)
    }

    deinit { gas.deallocate() }

    func begin(stackEnd: UInt32? = nil, metered: Bool = true, costs: [UInt64] = costs) throws {
        var program = program(stackEnd: stackEnd)
        program.costs = costs
        if !metered { program.gas = nil }
        try engine.initialize(program: program)
    }

    /// On the first part of the mapping only.
    func beginSmaller(wasmPages: UInt32) throws {
        var program = program()
        program.size = wasmPages
        try engine.initialize(program: program)
    }

    func program(stackEnd: UInt32? = nil) -> ProgramMemory {
        ProgramMemory(
            address: address, size: UInt32(memory.size / PageSize.wasm), stackEnd: stackEnd, key: [1, 2, 3],
            gas: GasAccess(address: gas), costs: Self.costs)
    }

    /// Touches memory as a program's instruction does.
    @discardableResult
    func read(page: Int, offset: Int = 0) -> UInt8 {
        memory.pointer(page * PageSize.gear + offset).load(as: UInt8.self)
    }

    func write(page: Int, offset: Int = 0, _ value: UInt8) {
        memory.pointer(page * PageSize.gear + offset).storeBytes(of: value, as: UInt8.self)
    }

    /// A host function's announcement.
    func announce(reads: [MemoryInterval] = [], writes: [MemoryInterval] = [], gas: inout UInt64) throws {
        try engine.preProcess(reads: reads, writes: writes, gas: &gas)
    }

    func protection(page: Int) throws -> Protection { try memory.protection(offset: page * PageSize.gear) }

    var address: UInt { memory.address }
    var burned: UInt64 { 1_000_000 - gas.pointee }
    func accessed() throws -> [UInt32] { try engine.accessedPages().map(\.rawValue) }
    func written() throws -> [UInt32] { try engine.writeAccessedPages().map(\.rawValue) }
}

extension MemoryInterval {
    /// So many bytes from an offset within a Gear page on.
    init(page: UInt32, offset: UInt32 = 0, size: UInt32 = 1) {
        self.init(offset: page * UInt32(PageSize.gear) + offset, size: size)
    }
}
