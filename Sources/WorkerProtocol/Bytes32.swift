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
        let digits = text.hasPrefix("0x") ? text.dropFirst(2) : text[...]
        let values = digits.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard values.count == 64, digits.utf8.count == 64 else { return nil }
        bytes = stride(from: 0, to: 64, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
    }
}

extension Bytes32: CustomStringConvertible {
    public var description: String {
        "0x" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
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
