/// Request ids: the caller's own, or one that no other request of this process has.
struct RequestIDSequence {
    private let prefix = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    private var count: UInt64 = 0

    mutating func next() -> String {
        count += 1
        return "\(prefix)-\(count)"
    }

    /// The id that a caller sent, if it is safe to repeat in headers and logs.
    static func sane(_ id: String?) -> String? {
        guard let id, !id.isEmpty, id.utf8.count <= 128, id.utf8.allSatisfy(isSane) else { return nil }
        return id
    }

    private static func isSane(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x30...0x39: true
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"): true
        default: false
        }
    }
}
