/// A number that only grows, one for each combination of its labels' values.
struct CounterFamily {
    let name: String
    let help: String
    let labels: [String]
    private var values: [[String]: Double] = [:]

    /// - Parameter known: combinations that are there with 0 from the start, so that rates over them are right.
    init(_ name: String, _ help: String, labels: [String] = [], known: [[String]]? = nil) {
        self.name = name
        self.help = help
        self.labels = labels
        for combination in known ?? (labels.isEmpty ? [[]] : []) { values[combination] = 0 }
    }

    mutating func add(_ amount: Double = 1, _ labelValues: String...) {
        values[labelValues, default: 0] += amount
    }

    /// Of all combinations together.
    var total: Double { values.values.reduce(0, +) }

    func value(_ labelValues: String...) -> Double { values[labelValues] ?? 0 }

    func write(to text: inout PrometheusText) {
        text.begin(name, .counter, help: help)
        for (combination, value) in values.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            text.sample(name, value, labels: Array(zip(labels, combination)))
        }
    }
}

/// How values spread over buckets, for each combination of its labels' values.
struct HistogramFamily {
    struct Distribution {
        /// Values in each bucket; the last one has no upper bound.
        var counts: [UInt64]
        var sum = 0.0
    }

    let name: String
    let help: String
    let labels: [String]
    /// Upper bounds, ascending.
    let bounds: [Double]
    private var distributions: [[String]: Distribution] = [:]

    init(_ name: String, _ help: String, labels: [String] = [], known: [[String]]? = nil, bounds: [Double]) {
        self.name = name
        self.help = help
        self.labels = labels
        self.bounds = bounds
        for combination in known ?? (labels.isEmpty ? [[]] : []) { distributions[combination] = empty }
    }

    private var empty: Distribution { Distribution(counts: Array(repeating: 0, count: bounds.count + 1)) }

    mutating func observe(_ value: Double, _ labelValues: String...) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        add(to: labelValues) { distribution in
            distribution.counts[bucket] += 1
            distribution.sum += value
        }
    }

    /// Adds values that were counted elsewhere, by the same bounds.
    /// - Parameter counts: one for each bound, and one for what is above; none where there is no value.
    mutating func add(counts: [UInt64], sum: Double, _ labelValues: String...) {
        add(to: labelValues) { distribution in
            for (bucket, count) in counts.enumerated() { distribution.counts[bucket] += count }
            distribution.sum += sum
        }
    }

    /// In place: a copy of the counts for each value would cost more than all else.
    private mutating func add(to labelValues: [String], _ change: (inout Distribution) -> Void) {
        if let index = distributions.index(forKey: labelValues) {
            change(&distributions.values[index])
        } else {
            var distribution = empty
            change(&distribution)
            distributions[labelValues] = distribution
        }
    }

    func write(to text: inout PrometheusText) {
        text.begin(name, .histogram, help: help)
        for (combination, distribution) in distributions.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            text.distribution(
                name, counts: distribution.counts, bounds: bounds, sum: distribution.sum,
                labels: Array(zip(labels, combination)))
        }
    }
}
