/// A hash, or an id of a message, a program or a user: 32 bytes. In JSON `0x` and 64 hex digits.
public struct Bytes32: Hashable, Sendable {
    public let bytes: [UInt8]

    public static let zero = Bytes32(behindZeros: [])

    /// - Parameter tail: at most 32 bytes.
    public init(behindZeros tail: [UInt8]) {
        bytes = [UInt8](repeating: 0, count: 32 - tail.count) + tail
    }

    /// Nil unless there are exactly 32 bytes.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// Reads 64 hex digits, with or without `0x` before them.
    public init?(hex text: some StringProtocol) {
        let digits = Array(text.utf8.dropFirst(text.hasPrefix("0x") ? 2 : 0))
        guard digits.count == 64 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 32)
        for (index, digit) in digits.enumerated() {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = digit - UInt8(ascii: "A") + 10
            default: return nil
            }
            bytes[index / 2] = bytes[index / 2] << 4 | value
        }
        self.bytes = bytes
    }
}

extension Bytes32: CustomStringConvertible {
    public var description: String {
        // Every job has four of them: a string for each digit would be felt.
        func digit(_ value: UInt8) -> UInt8 { value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10 }
        return String(unsafeUninitializedCapacity: 66) { text in
            text[0] = UInt8(ascii: "0")
            text[1] = UInt8(ascii: "x")
            for (index, byte) in bytes.enumerated() {
                text[2 + index * 2] = digit(byte >> 4)
                text[3 + index * 2] = digit(byte & 15)
            }
            return 66
        }
    }
}

extension Bytes32: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Bytes32(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not 64 hex digits")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
