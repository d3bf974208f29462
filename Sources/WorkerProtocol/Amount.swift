/// An amount of value that is transferred with a message: 128 bits. In JSON a string of decimal digits, which every
/// client keeps exact.
public struct Amount: Hashable, Sendable {
    public var number: UInt128

    public init(_ number: UInt128) { self.number = number }
}

extension Amount: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: UInt64) { number = UInt128(value) }
}

extension Amount: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let number = UInt128(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a number of 128 bits")
        }
        self.number = number
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(String(number))
    }
}
