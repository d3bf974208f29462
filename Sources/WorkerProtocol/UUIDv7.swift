import Synchronization

/// An id that sorts by the time it was made (RFC 9562, section 5.7): 48 bits of milliseconds since 1970, version,
/// variant, and 74 random bits.
public struct UUIDv7: Hashable, Sendable {
    /// Milliseconds, version, and the 12 random bits that the RFC calls `rand_a`.
    private let high: UInt64
    /// Variant, and the 62 random bits that the RFC calls `rand_b`.
    private let low: UInt64

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    private static let series = Mutex(Series())
    /// Of another clock: if this machine's is far ahead, no id of that clock may have to stand behind one of this machine's.
    private static let otherSeries = Mutex(Series())

    /// A new id by this machine's clock, greater than all of it that this process has made before.
    public static func next() -> UUIDv7 { series.withLock { $0.next(at: .now()) } }

    /// A new id by another clock, greater than all of it that this process has made before.
    /// - Parameter time: what that clock shows.
    public static func next(at time: Timestamp) -> UUIDv7 { otherSeries.withLock { $0.next(at: time) } }

    /// Milliseconds since 1970.
    public var milliseconds: Int64 { Int64(high >> 16) }

    /// Ids made one after another: within one millisecond, and while the clock stands behind the last id, the random
    /// bits count on by a random step (RFC 9562, section 6.2, method 2).
    struct Series {
        private var milliseconds: UInt64 = 0
        private var randA: UInt64 = 0
        private var randB: UInt64 = 0

        mutating func next(at time: Timestamp) -> UUIDv7 { next(milliseconds: UInt64(max(time.milliseconds, 0))) }

        mutating func next(milliseconds now: UInt64) -> UUIDv7 {
            if now > milliseconds {
                startMillisecond(now)
            } else {
                countOn()
            }
            return UUIDv7(high: milliseconds << 16 | 7 << 12 | randA, low: 2 << 62 | randB)
        }

        private mutating func startMillisecond(_ now: UInt64) {
            milliseconds = now
            // The topmost random bit stays clear, as room to count.
            randA = .random(in: 0..<1 << 11)
            randB = .random(in: 0..<1 << 62)
        }

        private mutating func countOn() {
            randB += .random(in: 1...1 << 32)
            guard randB >= 1 << 62 else { return }
            randB &= 1 << 62 - 1
            randA += 1
            if randA == 1 << 12 { startMillisecond(milliseconds + 1) }
        }
    }
}

extension UUIDv7: Comparable {
    public static func < (left: Self, right: Self) -> Bool { (left.high, left.low) < (right.high, right.low) }
}

extension UUIDv7 {
    /// 16 bytes in network byte order.
    public var bytes: [UInt8] {
        [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
    }

    /// Nil unless these are the 16 bytes of an id of version 7.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
        guard high >> 12 & 0xF == 7, low >> 62 == 2 else { return nil }
    }
}

extension UUIDv7: LosslessStringConvertible {
    /// 36 characters in lower case, which sort as the ids do.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Takes exactly what `description` gives, so that one id has one text.
    public init?(_ text: String) {
        let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap { index in
            UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16)
        }
        self.init(bytes: bytes)
        guard description == text else { return nil }
    }
}
