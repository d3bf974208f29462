/// The number of a Gear page within a program's memory: its byte offset divided by the Gear page size.
public struct PageNumber: RawRepresentable, Hashable, Sendable, Comparable, Codable {
    public var rawValue: UInt32

    @inlinable
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    @inlinable
    public init(_ number: UInt32) { self.rawValue = number }

    @inlinable
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(UInt32.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

extension PageNumber: CustomStringConvertible {
    public var description: String { String(rawValue) }
}

extension PageNumber: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: UInt32) { self.rawValue = value }
}
