/// The binary format's numbers, which are LEB128, and what they stand before.
extension [UInt8] {
    /// - Parameter value: not negative.
    package mutating func append(unsigned value: Int) {
        var rest = value
        while rest > 0x7F {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    static func unsigned(_ value: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(unsigned: value)
        return bytes
    }

    mutating func append(signed value: Int64) {
        var rest = value
        while !(-64..<64).contains(rest) {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest) & 0x7F)
    }

    package mutating func append(name: String) {
        append(unsigned: name.utf8.count)
        append(contentsOf: name.utf8)
    }

    /// Contents behind their own size.
    package mutating func append(sized contents: [UInt8]) {
        append(unsigned: contents.count)
        append(contentsOf: contents)
    }
}
