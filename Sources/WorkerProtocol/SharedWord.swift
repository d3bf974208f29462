import CProcess
import Foundation

/// A word at the beginning of memory that processes share, read and written whole.
struct SharedWord: ~Copyable, @unchecked Sendable {  // Sendable: every access is atomic.
    static let size = 4096

    private let address: UnsafeMutablePointer<UInt64>

    /// Maps what the descriptor stands for.
    init(_ descriptor: Int32) throws(ProgressError) {
        let memory = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let memory, memory != MAP_FAILED else { throw ProgressError(call: "mmap", code: errno) }
        address = memory.bindMemory(to: UInt64.self, capacity: 1)
    }

    deinit { munmap(address, Self.size) }

    func store(_ value: UInt64) { cprocess_store(address, value) }

    func load() -> UInt64 { cprocess_load(address) }
}
