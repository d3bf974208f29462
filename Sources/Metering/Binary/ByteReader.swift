/// Takes values from the front of a range of a module's bytes; never reads outside the range.
struct ByteReader {
    let bytes: [UInt8]
    /// Of the next byte, in the module.
    private(set) var offset: Int
    let end: Int

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        offset = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { offset == end }
    var remaining: Int { end - offset }

    mutating func byte() throws(MeteringError) -> UInt8 {
        guard offset < end else { throw MeteringError(.unexpectedEnd, at: offset) }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// - Returns: where the bytes lie.
    @discardableResult
    mutating func skip(_ count: Int) throws(MeteringError) -> Range<Int> {
        guard count <= remaining else { throw MeteringError(.unexpectedEnd, at: end) }
        defer { offset += count }
        return offset..<offset + count
    }

    /// A LEB128 number of at most 32 bits.
    mutating func unsigned() throws(MeteringError) -> UInt32 {
        let start = offset
        var (value, shift): (UInt32, UInt32) = (0, 0)
        while true {
            let byte = try byte()
            if shift == 28, byte > 0x0F {
                throw MeteringError(byte < 0x80 ? .integerTooLarge : .integerTooLong, at: start)
            }
            value |= UInt32(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    /// A LEB128 number of at most 64 bits.
    mutating func unsigned64() throws(MeteringError) -> UInt64 {
        let start = offset
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while true {
            let byte = try byte()
            if shift == 63, byte > 1 {
                throw MeteringError(byte < 0x80 ? .integerTooLarge : .integerTooLong, at: start)
            }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    /// A signed LEB128 number of at most so many bits.
    @discardableResult
    mutating func signed(bits: Int) throws(MeteringError) -> Int64 {
        let start = offset
        var (value, shift) = (Int64(0), 0)
        while true {
            let byte = try byte()
            // The byte's seven bits, as a signed number.
            let part = Int8(bitPattern: byte << 1) >> 1
            let bitsLeft = bits - shift
            if bitsLeft < 7 {
                guard byte < 0x80 else { throw MeteringError(.integerTooLong, at: start) }
                let bound = Int8(1) << (bitsLeft - 1)
                guard (-bound..<bound).contains(part) else { throw MeteringError(.integerTooLarge, at: start) }
            }
            if byte < 0x80 { return value | Int64(part) << shift }
            value |= Int64(byte & 0x7F) << shift
            shift += 7
        }
    }

    /// The number of entries that follow, each of which takes at least one byte.
    mutating func count() throws(MeteringError) -> Int {
        let start = offset
        let count = Int(try unsigned())
        guard count <= remaining else { throw MeteringError(.unexpectedEnd, at: start) }
        return count
    }

    mutating func name() throws(MeteringError) -> String {
        let start = offset
        let range = try skip(Int(try unsigned()))
        guard let name = String(validating: bytes[range], as: UTF8.self) else {
            throw MeteringError(.nameNotUTF8, at: start)
        }
        return name
    }

    /// A reader of the next bytes, which this one has then behind it.
    mutating func slice(_ count: Int) throws(MeteringError) -> ByteReader {
        ByteReader(bytes, try skip(count))
    }

    func requireEnd(of place: String) throws(MeteringError) {
        guard isAtEnd else { throw MeteringError(.trailingBytes(place), at: offset) }
    }
}
