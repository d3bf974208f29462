import CWasmtime
import Glibc
import LazyPages
import Pages
import Testing

/// Stored pages in a dictionary, with a record of what was asked for.
final class DictionarySource: PageSource {
    var pages: [UInt32: [UInt8]]
    /// Announced by `pageExists` although there is no data.
    var phantoms: Set<UInt32> = []
    var unavailable: Set<UInt32> = []
    private(set) var loaded: [UInt32] = []
    private(set) var lastKey: [UInt8] = []

    init(_ pages: [UInt32: [UInt8]] = [:]) { self.pages = pages }

    func pageExists(_ key: PageKey) throws(PageSourceError) -> Bool {
        lastKey = Array(key.bytes)
        return pages[key.page.rawValue] != nil || phantoms.contains(key.page.rawValue)
            || unavailable.contains(key.page.rawValue)
    }

    func loadPage(_ key: PageKey, into buffer: UnsafeMutableRawBufferPointer) throws(PageSourceError) -> Int? {
        let number = key.page.rawValue
        if unavailable.contains(number) { throw .unavailable("gone") }
        guard let bytes = pages[number] else { return nil }
        loaded.append(number)
        if bytes.count == buffer.count { buffer.copyBytes(from: bytes) }
        return bytes.count
    }

    static func page(_ byte: UInt8) -> [UInt8] { Array(repeating: byte, count: PageSize.gear) }
}

/// A mapping that stands for a program's linear memory, an engine on it, and a gas counter.
final class Harness {
    let address: UInt
    let byteCount: Int
    let source: DictionarySource
    let engine: LazyPages
    let gas = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
    static let costs: [UInt64] = [100, 200, 300, 10, 20, 30, 1000]

    /// The tests of all targets share a process, and the WebAssembly runtime must install its handler first.
    private static let runtimeIsFirst: Bool = {
        wasm_engine_delete(wasm_engine_new_with_config(wasm_config_new()))
        return true
    }()

    init(wasmPages: Int = 4, source: DictionarySource = DictionarySource()) throws {
        try #require(Self.runtimeIsFirst)
        byteCount = wasmPages * PageSize.wasm
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        let mapping = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0)
        address = UInt(bitPattern: try #require(mapping == MAP_FAILED ? nil : mapping))
        self.source = source
        engine = try LazyPages(storagePrefix: [0xAA], source: source)
        gas.initialize(to: 1_000_000)
    }

    deinit {
        munmap(UnsafeMutableRawPointer(bitPattern: address), byteCount)
        gas.deallocate()
    }

    func begin(stackEnd: UInt32? = nil, metered: Bool = true) throws {
        try engine.initialize(program: program(stackEnd: stackEnd, metered: metered))
    }

    func program(stackEnd: UInt32? = nil, metered: Bool = true) -> ProgramMemory {
        ProgramMemory(
            address: address, size: UInt32(byteCount / PageSize.wasm), stackEnd: stackEnd, key: [1, 2, 3],
            gas: metered ? GasAccess(address: gas) : nil, costs: Self.costs)
    }

    /// Touches memory as a program's instruction does.
    func read(page: Int, offset: Int = 0) -> UInt8 { pointer(page, offset).load(as: UInt8.self) }

    func write(page: Int, offset: Int = 0, _ value: UInt8) {
        pointer(page, offset).storeBytes(of: value, as: UInt8.self)
    }

    private func pointer(_ page: Int, _ offset: Int) -> UnsafeMutableRawPointer {
        guard let pointer = UnsafeMutableRawPointer(bitPattern: address + UInt(page * PageSize.gear + offset)) else {
            preconditionFailure("the harness has a mapping")
        }
        return pointer
    }

    var burned: UInt64 { 1_000_000 - gas.pointee }
    func accessed() throws -> [UInt32] { try engine.accessedPages().map(\.rawValue) }
    func written() throws -> [UInt32] { try engine.writeAccessedPages().map(\.rawValue) }
}
