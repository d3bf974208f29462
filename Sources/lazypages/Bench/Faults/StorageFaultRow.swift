import Foundation

/// One line of the result: so many stored pages touched in one execution, fetched from a storage.
struct StorageFaultRow: Codable {
    let storage: String
    let order: TouchOrder
    let pages: Int
    /// Of the last execution.
    let queriesWithoutPrefetch: UInt64
    let queriesWithPrefetch: UInt64
    /// A page.
    let microsecondsWithoutPrefetch: Quartiles
    let microsecondsWithPrefetch: Quartiles
    /// A page, if one query fetched all of them and each cost a fault with its data in memory.
    let microsecondsAtLeast: Quartiles
    let withPrefetchToWithout: Quartiles
    let withPrefetchToLeast: Quartiles

    /// What one round took, in nanoseconds a page.
    struct Sample {
        var without = 0.0
        var with = 0.0
        var least = 0.0
    }

    init(
        _ storage: String, _ order: TouchOrder, pages: Int, queries: (without: UInt64, with: UInt64),
        samples: [Sample]
    ) {
        self.storage = storage
        self.order = order
        self.pages = pages
        (queriesWithoutPrefetch, queriesWithPrefetch) = queries
        microsecondsWithoutPrefetch = Quartiles(samples.map { $0.without / 1000 })
        microsecondsWithPrefetch = Quartiles(samples.map { $0.with / 1000 })
        microsecondsAtLeast = Quartiles(samples.map { $0.least / 1000 })
        withPrefetchToWithout = Quartiles(samples.map { $0.with / $0.without })
        withPrefetchToLeast = Quartiles(samples.map { $0.with / $0.least })
    }

    static let header =
        "storage     order              pages   queries off/on   off µs    on µs  least µs   on/off  middle half"
        + "   on/least  middle half"

    var line: String {
        String(
            format: "%@ %@ %6d %16@ %8.1f %8.1f %9.1f %8.3f  %.3f-%.3f %9.3f  %.3f-%.3f",
            storage.padding(toLength: 11, withPad: " ", startingAt: 0),
            order.rawValue.padding(toLength: 17, withPad: " ", startingAt: 0), pages,
            "\(queriesWithoutPrefetch)/\(queriesWithPrefetch)", microsecondsWithoutPrefetch.median,
            microsecondsWithPrefetch.median, microsecondsAtLeast.median, withPrefetchToWithout.median,
            withPrefetchToWithout.lower, withPrefetchToWithout.upper, withPrefetchToLeast.median,
            withPrefetchToLeast.lower, withPrefetchToLeast.upper)
    }
}
