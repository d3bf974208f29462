/// Where the middle of some samples lies, and the middle half of them.
struct Quartiles: Codable {
    let lower: Double
    let median: Double
    let upper: Double

    /// - Precondition: there is a sample.
    init(_ samples: [Double]) {
        let sorted = samples.sorted()
        func quantile(_ share: Double) -> Double {
            let place = share * Double(sorted.count - 1)
            let low = Int(place)
            let high = min(low + 1, sorted.count - 1)
            return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
        }
        (lower, median, upper) = (quantile(0.25), quantile(0.5), quantile(0.75))
    }
}
