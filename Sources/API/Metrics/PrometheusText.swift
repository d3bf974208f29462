/// Writes metrics, in the Prometheus text format or as OpenMetrics, which differ in few places.
struct PrometheusText {
    enum Kind: String {
        case counter, gauge, histogram
    }

    /// Names and values, in the order in which they are written.
    typealias Labels = [(String, String)]

    let format: MetricsFormat
    private var written = ""

    init(_ format: MetricsFormat) { self.format = format }

    /// All that was written, whole.
    var text: String { format == .openMetrics ? written + "# EOF\n" : written }

    /// Begins a metric; its samples follow. In OpenMetrics the samples of a counter end in `_total`, and its name does not.
    mutating func begin(_ name: String, _ kind: Kind, help: String) {
        let isCounter = format == .openMetrics && kind == .counter && name.hasSuffix("_total")
        let name = isCounter ? String(name.dropLast("_total".count)) : name
        written += "# HELP \(name) \(Self.escape(help))\n# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func sample(_ name: String, _ value: Double, labels: Labels = []) {
        written += name
        if !labels.isEmpty {
            written += "{" + labels.map { "\($0)=\"\(Self.escape($1, quotes: true))\"" }.joined(separator: ",")
            written += "}"
        }
        written += " \(Self.number(value))\n"
    }

    /// One distribution of a histogram.
    /// - Parameter counts: values in each bucket: one for each bound, ascending, and one for what is above.
    mutating func distribution(_ name: String, counts: [UInt64], bounds: [Double], sum: Double, labels: Labels = []) {
        var count: UInt64 = 0
        for (bound, inBucket) in zip(bounds + [.infinity], counts) {
            count += inBucket
            sample("\(name)_bucket", Double(count), labels: labels + [("le", self.bound(bound))])
        }
        sample("\(name)_sum", sum, labels: labels)
        sample("\(name)_count", Double(count), labels: labels)
    }

    /// A bucket's bound: OpenMetrics wants a fraction also where it is 0.
    private func bound(_ value: Double) -> String {
        format == .openMetrics && value.isFinite ? String(value) : Self.number(value)
    }

    /// Whole numbers without a fraction; infinity as the format spells it.
    static func number(_ value: Double) -> String {
        if value == .infinity { return "+Inf" }
        return Int64(exactly: value).map(String.init) ?? String(value)
    }

    private static func escape(_ text: String, quotes: Bool = false) -> String {
        // Most have nothing to escape, and to replace takes its time.
        guard text.utf8.contains(where: { "\\\n\"".utf8.contains($0) }) else { return text }
        let escaped = text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        return quotes ? escaped.replacing("\"", with: "\\\"") : escaped
    }
}
