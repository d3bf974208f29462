import CProcess
import Foundation

/// Words at the beginning of memory that processes share, each read and written whole.
struct SharedWords: ~Copyable, @unchecked Sendable {  // Sendable: every access is atomic.
    static let size = 4096

    private let address: UnsafeMutablePointer<UInt64>

    /// Maps what the descriptor stands for.
    init(_ descriptor: Int32) throws(ProgressError) {
        let memory = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let memory, memory != MAP_FAILED else { throw ProgressError(call: "mmap", code: errno) }
        address = memory.bindMemory(to: UInt64.self, capacity: Self.size / 8)
    }

    deinit { munmap(address, Self.size) }

    func store(_ value: UInt64, at place: Int) { cprocess_store(address + place, value) }

    func load(at place: Int) -> UInt64 { cprocess_load(address + place) }

    /// - Returns: the value before.
    func add(_ value: UInt64, at place: Int) -> UInt64 { cprocess_add(address + place, value) }
}
