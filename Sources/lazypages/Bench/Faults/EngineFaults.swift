import LazyPages
import Pages

/// Page data in memory, as much as the largest measurement needs.
final class MemoryPageSource: PageSource {
    let data: UnsafeRawBufferPointer
    /// Without stored pages the data is as if it were not there.
    var isEmpty = false

    init(pages: Int) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pages * PageSize.gear, alignment: PageSize.gear)
        for index in buffer.indices { buffer[index] = UInt8(truncatingIfNeeded: index &* 31 &+ index >> 14) }
        data = UnsafeRawBufferPointer(buffer)
    }

    deinit { data.deallocate() }

    func pageExists(_ key: PageKey) throws(PageSourceError) -> Bool { !isEmpty }

    func loadPage(_ key: PageKey, into buffer: UnsafeMutableRawBufferPointer) throws(PageSourceError) -> Int? {
        let start = Int(key.page.rawValue) * buffer.count
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: data[start..<start + buffer.count]))
        return buffer.count
    }
}

/// Faults handled by the engine, metered as in the service.
final class EngineFaults {
    private let memory: BenchMemory
    private let source: MemoryPageSource
    private let engine: LazyPages
    private let gas = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)

    private static let costs = CostKind.allCases.map { PageCosts.standard[$0] }

    /// - Parameter pages: the most that are touched.
    init(pages: Int, source: MemoryPageSource) throws {
        memory = try BenchMemory(pages: pages)
        self.source = source
        engine = try LazyPages(storagePrefix: Array("page".utf8), source: source)
        gas.initialize(to: 0)
    }

    deinit { gas.deallocate() }

    /// How long touching the pages takes, each for the first time in its execution, in nanoseconds.
    func time(_ kind: FaultKind, _ pages: [UInt32]) throws -> UInt64 {
        gas.pointee = .max
        source.isEmpty = !kind.isStored
        memory.discard()
        try engine.initialize(
            program: ProgramMemory(
                address: memory.address, size: UInt32(memory.size / PageSize.wasm), stackEnd: nil,
                key: Array(repeating: 7, count: 16), gas: GasAccess(address: gas), costs: Self.costs))
        if kind == .writeAfterRead { memory.touch(pages, isWrite: false) }
        let nanoseconds = memory.touch(pages, isWrite: kind.isWrite)
        try engine.finish()
        try check(kind, pages)
        return nanoseconds
    }

    /// A measurement of something else than what it says would be worse than none.
    private func check(_ kind: FaultKind, _ pages: [UInt32]) throws {
        let counters = try engine.counters()
        let faults =
            switch kind {
            case .read, .readNew: counters.readFaults
            case .write, .writeNew: counters.writeFaults
            case .writeAfterRead: counters.writeAfterReadFaults
            }
        guard try engine.failure() == nil, faults == pages.count,
            counters.pagesLoaded == (kind.isStored ? pages.count : 0)
        else {
            throw Failure(.service, "the engine handled other faults than were caused")
        }
    }
}
