import Foundation

/// A moment in milliseconds since 1970-01-01T00:00:00Z, in JSON as RFC 3339 in UTC with milliseconds.
public struct Timestamp: Hashable, Comparable, Sendable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    static let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    public var rfc3339: String {
        let rest = (milliseconds % 1000 + 1000) % 1000
        var seconds = time_t((milliseconds - rest) / 1000)
        var date = tm()
        gmtime_r(&seconds, &date)
        func digits(_ number: some BinaryInteger, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
        }
        let day = "\(digits(date.tm_year + 1900, 4))-\(digits(date.tm_mon + 1, 2))-\(digits(date.tm_mday, 2))"
        let time = "\(digits(date.tm_hour, 2)):\(digits(date.tm_min, 2)):\(digits(date.tm_sec, 2))"
        return "\(day)T\(time).\(digits(rest, 3))Z"
    }

    /// Takes RFC 3339 with or without fractions of a second; nil for anything else.
    public init?(rfc3339 text: String) {
        guard let date = (try? Self.format.parse(text)) ?? (try? Date.ISO8601FormatStyle().parse(text)) else {
            return nil
        }
        milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded())
    }
}

extension Timestamp: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let timestamp = Timestamp(rfc3339: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a time of RFC 3339")
        }
        self = timestamp
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rfc3339)
    }
}
