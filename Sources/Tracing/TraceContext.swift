/// A step of work in a trace that goes through several services (W3C Trace Context, level 1).
public struct TraceContext: Hashable, Sendable {
    /// Of the whole trace: 32 hex digits, lower case.
    public let traceID: String
    /// Of this step: 16 hex digits, lower case.
    public let spanID: String
    /// Whoever began the trace records it.
    public let isSampled: Bool

    private init(traceID: String, spanID: String, isSampled: Bool) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
    }

    /// The first step of a new trace.
    public init() {
        self.init(
            traceID: Self.random() + Self.random(), spanID: Self.random(), isSampled: true)
    }

    /// The step that a `traceparent` field names; nil if it names none.
    public init?(traceparent: String) {
        let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 4, Self.isHex(parts[0], digits: 2), parts[0] != "ff",
            // Later versions may have more to say, and begin with the same.
            parts.count == 4 || parts[0] != "00",
            Self.isHex(parts[1], digits: 32), parts[1].contains(where: { $0 != "0" }),
            Self.isHex(parts[2], digits: 16), parts[2].contains(where: { $0 != "0" }),
            Self.isHex(parts[3], digits: 2), let flags = UInt8(parts[3], radix: 16)
        else { return nil }
        self.init(traceID: parts[1], spanID: parts[2], isSampled: flags & 1 == 1)
    }

    /// A step that follows what the `traceparent` fields of a request name; the first one of a new trace where they name
    /// none, or more than one.
    public init(following fields: [String]) {
        guard fields.count == 1, let parent = TraceContext(traceparent: fields[0]) else {
            self.init()
            return
        }
        self = parent.next()
    }

    /// A new step of the same trace.
    public func next() -> TraceContext {
        TraceContext(traceID: traceID, spanID: Self.random(), isSampled: isSampled)
    }

    /// As the field of a request says it.
    public var traceparent: String { "00-\(traceID)-\(spanID)-0\(isSampled ? 1 : 0)" }

    private static func random() -> String {
        let digits = String(UInt64.random(in: 1 ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    private static func isHex(_ text: String, digits: Int) -> Bool {
        text.utf8.count == digits
            && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
