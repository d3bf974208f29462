import CFaultBaseline
import Glibc
import Pages

/// The same faults handled by the plain C loop.
final class BaselineFaults {
    private let memory: BenchMemory
    private let data: UnsafeRawBufferPointer

    /// - Parameters:
    ///   - pages: the most that are touched.
    ///   - data: of all pages; must stay valid.
    init(pages: Int, data: UnsafeRawBufferPointer) throws {
        memory = try BenchMemory(pages: pages)
        self.data = data
    }

    /// How long touching the pages takes, each for the first time, in nanoseconds.
    func time(_ kind: FaultKind, _ pages: [UInt32]) throws -> UInt64 {
        memory.discard()
        try require(mprotect(memory.pointer, memory.size, PROT_NONE) == 0 ? 0 : errno)
        if kind == .writeAfterRead { _ = try handling(.read) { memory.touch(pages, isWrite: false) } }
        let nanoseconds = try handling(kind) { memory.touch(pages, isWrite: kind.isWrite) }
        try require(mprotect(memory.pointer, memory.size, PROT_READ | PROT_WRITE) == 0 ? 0 : errno)
        return nanoseconds
    }

    private func handling(_ kind: FaultKind, _ body: () -> UInt64) throws -> UInt64 {
        try require(
            cfaultbaseline_begin(
                cfaultbaseline_work(
                    memory: memory.address, memory_size: memory.size, page_size: PageSize.gear,
                    data: kind == .read || kind == .write ? data.baseAddress : nil, read_only: !kind.isWrite)))
        let nanoseconds = body()
        try require(cfaultbaseline_end())
        return nanoseconds
    }

    private func require(_ error: Int32) throws {
        if error != 0 { throw Failure(.service, "the baseline cannot run: \(String(cString: strerror(error)))") }
    }
}
