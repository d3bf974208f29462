import CFaultBaseline
import Glibc
import Pages

/// A mapping that stands for a program's linear memory, made as the service makes one.
final class BenchMemory {
    let address: UInt
    /// In bytes.
    let size: Int

    /// - Parameter pages: Gear pages.
    init(pages: Int) throws {
        size = pages * PageSize.gear
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        let base = mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let base, base != MAP_FAILED else { throw Failure(.service, "the system has no memory for the pages") }
        address = UInt(bitPattern: base)
    }

    deinit { munmap(pointer, size) }

    var pointer: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: address) }

    /// Gives the pages back to the system: the next touch of each finds it new.
    func discard() { madvise(pointer, size, MADV_DONTNEED) }

    /// Touches the pages in this order.
    /// - Returns: the time it took, in nanoseconds.
    @discardableResult
    func touch(_ pages: [UInt32], isWrite: Bool) -> UInt64 {
        cfaultbaseline_touch(address, PageSize.gear, pages, pages.count, isWrite)
    }
}
