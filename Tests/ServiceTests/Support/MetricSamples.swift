/// The samples of an answer in the Prometheus text format.
struct MetricSamples {
    /// By name with labels, as written.
    private var values: [String: Double] = [:]

    init(_ text: String) {
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " ") else { continue }
            values[String(line[..<space])] = Double(line[line.index(after: space)...])
        }
    }

    /// - Parameter name: with its labels: `lazypages_workers{state="idle"}`.
    subscript(name: String) -> Double? { values[name] }

    /// All samples of a metric that are not 0, by their labels.
    func nonzero(_ name: String) -> [String: Double] {
        var found: [String: Double] = [:]
        for (sample, value) in values where value != 0 && (sample == name || sample.hasPrefix("\(name){")) {
            found[String(sample.dropFirst(name.count))] = value
        }
        return found
    }
}
