import CFaultBaseline
import Glibc
import Pages

/// A mapping that stands for a program's linear memory, with inaccessible memory on both sides: a neighbour that the
/// system could merge it with would make its faults dearer or cheaper.
final class BenchMemory {
    let address: UInt
    /// In bytes.
    let size: Int
    private let mapping: UnsafeMutableRawPointer

    private static let margin = PageSize.wasm

    /// So many Gear pages, and as many more as whole Wasm pages need.
    static func wholeWasmPages(_ pages: Int) -> Int {
        (pages + PageSize.gearPerWasm - 1) / PageSize.gearPerWasm * PageSize.gearPerWasm
    }

    /// - Parameter pages: Gear pages.
    init(pages: Int) throws {
        size = pages * PageSize.gear
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        guard let mapping = mmap(nil, size + 2 * Self.margin, PROT_NONE, flags, -1, 0), mapping != MAP_FAILED else {
            throw Failure(.service, "the system has no address space for the pages")
        }
        self.mapping = mapping
        address = UInt(bitPattern: mapping) + UInt(Self.margin)
        guard mprotect(pointer, size, PROT_READ | PROT_WRITE) == 0 else {
            throw Failure(.service, "the system has no memory for the pages")
        }
    }

    deinit { munmap(mapping, size + 2 * Self.margin) }

    var pointer: UnsafeMutableRawPointer { mapping + Self.margin }

    /// Gives the pages back to the system: the next touch of each finds it new.
    func discard() { madvise(pointer, size, MADV_DONTNEED) }

    /// Touches the pages in this order.
    /// - Returns: the time it took, in nanoseconds.
    @discardableResult
    func touch(_ pages: [UInt32], isWrite: Bool) -> UInt64 {
        cfaultbaseline_touch(address, PageSize.gear, pages, pages.count, isWrite)
    }
}
