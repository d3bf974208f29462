import LazyPages
import Pages

/// Faults handled by the engine, metered as in the service.
final class EngineFaults {
    private let memory: BenchMemory
    private let gas = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)

    private static let costs = CostKind.allCases.map { PageCosts.standard[$0] }

    /// - Parameter pages: of the memory.
    init(pages: Int) throws {
        memory = try BenchMemory(pages: pages)
        gas.initialize(to: 0)
    }

    deinit { gas.deallocate() }

    /// How long touching the pages takes, each for the first time in its execution, in nanoseconds.
    func time(_ kind: FaultKind, _ pages: [UInt32], from source: any PageSource) throws -> UInt64 {
        gas.pointee = .max
        memory.discard()
        let engine = try LazyPages(storagePrefix: Array("page".utf8), source: source)
        try engine.initialize(
            program: ProgramMemory(
                address: memory.address, size: UInt32(memory.size / PageSize.wasm), stackEnd: nil,
                key: Array(repeating: 7, count: 16), gas: GasAccess(address: gas), costs: Self.costs))
        if kind == .writeAfterRead { memory.touch(pages, isWrite: false) }
        let nanoseconds = memory.touch(pages, isWrite: kind.isWrite)
        try engine.finish()
        try Self.check(engine, kind, pages)
        return nanoseconds
    }

    /// A measurement of something else than what it says would be worse than none.
    private static func check(_ engine: LazyPages, _ kind: FaultKind, _ pages: [UInt32]) throws {
        if let failure = try engine.failure() { throw Failure(.service, "the engine failed: \(failure)") }
        let counters = try engine.counters()
        let faults =
            switch kind {
            case .read, .readNew: counters.readFaults
            case .write, .writeNew: counters.writeFaults
            case .writeAfterRead: counters.writeAfterReadFaults
            }
        guard faults == pages.count, counters.pagesLoaded == (kind.isStored ? pages.count : 0) else {
            throw Failure(.service, "the engine handled other faults than were caused")
        }
    }
}
