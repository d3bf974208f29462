import Foundation

extension UUID {
    /// - Returns: nil unless there are exactly 16 bytes.
    init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 16 else { return nil }
        self.init(uuid: bytes.loadUnaligned(as: uuid_t.self))
    }

    var bytes: [UInt8] { withUnsafeBytes(of: uuid) { Array($0) } }

    /// As RFC 9562 writes it.
    var text: String { uuidString.lowercased() }

    /// The smallest UUIDv7 of a time, in milliseconds since 1970.
    static func first(at milliseconds: Int64) -> [UInt8] {
        let time = UInt64(clamping: milliseconds).bigEndian
        return withUnsafeBytes(of: time) { Array($0[2...]) } + [UInt8](repeating: 0, count: 10)
    }
}

/// The 16 bytes of a job's id.
func jobIDBytes(_ id: String) throws(StorageError) -> [UInt8] {
    guard let id = UUID(uuidString: id)?.bytes else { throw .failed("a job's id must be a UUID: \(id)") }
    return id
}
