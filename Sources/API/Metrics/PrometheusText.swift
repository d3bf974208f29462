/// Writes metrics in the Prometheus text format, version 0.0.4.
struct PrometheusText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    enum Kind: String {
        case counter, gauge, histogram
    }

    /// Names and values, in the order in which they are written.
    typealias Labels = [(String, String)]

    private(set) var text = ""

    /// Begins a metric; its samples follow.
    mutating func begin(_ name: String, _ kind: Kind, help: String) {
        text += "# HELP \(name) \(Self.escape(help))\n# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func sample(_ name: String, _ value: Double, labels: Labels = []) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0)=\"\(Self.escape($1, quotes: true))\"" }.joined(separator: ",")
            text += "}"
        }
        text += " \(Self.number(value))\n"
    }

    /// One distribution of a histogram.
    /// - Parameter counts: values in each bucket: one for each bound, ascending, and one for what is above.
    mutating func distribution(_ name: String, counts: [UInt64], bounds: [Double], sum: Double, labels: Labels = []) {
        var count: UInt64 = 0
        for (bound, inBucket) in zip(bounds + [.infinity], counts) {
            count += inBucket
            sample("\(name)_bucket", Double(count), labels: labels + [("le", Self.number(bound))])
        }
        sample("\(name)_sum", sum, labels: labels)
        sample("\(name)_count", Double(count), labels: labels)
    }

    /// Whole numbers without a fraction; infinity as the format spells it.
    static func number(_ value: Double) -> String {
        if value == .infinity { return "+Inf" }
        return Int64(exactly: value).map(String.init) ?? String(value)
    }

    private static func escape(_ text: String, quotes: Bool = false) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        return quotes ? escaped.replacing("\"", with: "\\\"") : escaped
    }
}
