/// Bytes of a module under construction, with the number encodings of the binary format.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func byte(_ byte: UInt8) { bytes.append(byte) }

    mutating func raw(_ more: [UInt8]) { bytes += more }

    /// LEB128, unsigned.
    mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func count(_ value: Int) { unsigned(UInt64(value)) }

    /// LEB128, signed.
    mutating func signed(_ value: Int64) {
        var rest = value
        while true {
            let part = UInt8(truncatingIfNeeded: rest & 0x7F)
            rest >>= 7
            let isDone = (rest == 0 && part & 0x40 == 0) || (rest == -1 && part & 0x40 != 0)
            bytes.append(isDone ? part : part | 0x80)
            if isDone { return }
        }
    }

    mutating func fixed(_ value: UInt64, byteCount: Int) {
        for index in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
    }

    mutating func name(_ name: String) {
        count(name.utf8.count)
        raw(Array(name.utf8))
    }

    /// What `body` writes, preceded by its size.
    mutating func sized(_ body: (inout ByteWriter) -> Void) {
        var inner = ByteWriter()
        body(&inner)
        count(inner.bytes.count)
        raw(inner.bytes)
    }

    mutating func section(_ id: UInt8, _ body: (inout ByteWriter) -> Void) {
        byte(id)
        sized(body)
    }
}
