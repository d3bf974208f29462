import Glibc
import LazyPages
import Testing

/// Open anonymous memory of the process.
final class Mapping {
    let address: UInt
    /// In bytes.
    let size: Int

    /// Beyond what the system gives out: nothing is ever mapped there.
    static let unmapped: UInt = 1 << 50

    init(size: Int) throws {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        let mapping = mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0)
        address = UInt(bitPattern: try #require(mapping == MAP_FAILED ? nil : mapping))
        self.size = size
    }

    deinit { munmap(UnsafeMutableRawPointer(bitPattern: address), size) }

    /// From here on nothing is mapped there.
    func unmap(offset: Int, size: Int) { munmap(pointer(offset), size) }

    /// Makes all of it inaccessible.
    func close() -> Int32 { mprotect(pointer(0), size, PROT_NONE) }

    func pointer(_ offset: Int) -> UnsafeMutableRawPointer {
        guard let pointer = UnsafeMutableRawPointer(bitPattern: address + UInt(offset)) else {
            preconditionFailure("a mapping is not at zero")
        }
        return pointer
    }

    /// What is allowed with the byte at `offset`, asked of the kernel: that makes no signal.
    func protection(offset: Int) throws -> Protection {
        var pipe: [Int32] = [0, 0]
        try #require(Glibc.pipe(&pipe) == 0)
        defer { for end in pipe { Glibc.close(end) } }
        guard Glibc.write(pipe[1], pointer(offset), 1) == 1 else { return .none }
        return Glibc.read(pipe[0], pointer(offset), 1) == 1 ? .readWrite : .read
    }
}
