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
}
