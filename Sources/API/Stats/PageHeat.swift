import Pages
import WorkerProtocol

/// How many jobs of a program touched which of its pages, in this half hour and the one before.
struct PageHeat {
    struct Page: Encodable, Equatable {
        var page: PageNumber
        /// Jobs that touched it.
        var accesses: UInt32
        /// Jobs that wrote it.
        var writes: UInt32
    }

    /// Pages that are counted in one half hour: those that are touched first.
    static let limit = 4096
    private static let seconds: Int64 = 1800

    private var generation = 0
    /// By page.
    private var current: [Page] = []
    private var previous: [Page] = []

    /// How many counts are kept.
    var count: Int { current.count + previous.count }

    /// - Parameters:
    ///   - room: how many counts may be kept.
    ///   - now: since the service's start, never less than before.
    mutating func add(_ job: JobSummary, room: Int, at now: Duration) {
        turn(to: now)
        let limit = min(Self.limit, max(0, room - previous.count))
        var written = job.writeAccessedPages[...]
        for page in job.accessedPages {
            while let next = written.first, next < page { written.removeFirst() }
            note(page, isWritten: written.first == page, limit: limit)
        }
    }

    private mutating func note(_ page: PageNumber, isWritten: Bool, limit: Int) {
        let place = current.firstPlace { $0.page >= page }
        if place == current.count || current[place].page != page {
            guard current.count < limit else { return }
            current.insert(Page(page: page, accesses: 0, writes: 0), at: place)
        }
        current[place].accesses += 1
        if isWritten { current[place].writes += 1 }
    }

    private mutating func turn(to now: Duration) {
        let generation = Int(now.components.seconds / Self.seconds)
        guard generation != self.generation else { return }
        previous = generation == self.generation + 1 ? current : []
        current = []
        self.generation = generation
    }

    /// The pages that most jobs touched, those first.
    func hottest(_ count: Int, at now: Duration) -> [Page] {
        var heat = self
        heat.turn(to: now)
        var pages: [PageNumber: Page] = [:]
        for page in heat.current + heat.previous {
            pages[page.page, default: Page(page: page.page, accesses: 0, writes: 0)].accesses += page.accesses
            pages[page.page]?.writes += page.writes
        }
        let order = pages.values.sorted { ($1.accesses, $1.writes, $0.page) < ($0.accesses, $0.writes, $1.page) }
        return Array(order.prefix(count))
    }
}

extension Array {
    /// The first place whose element is so, of elements of which all after one that is so are so as well.
    fileprivate func firstPlace(where isSo: (Element) -> Bool) -> Int {
        var places = 0..<count
        while !places.isEmpty {
            let middle = (places.lowerBound + places.upperBound) / 2
            places = isSo(self[middle]) ? places.lowerBound..<middle : middle + 1..<places.upperBound
        }
        return places.lowerBound
    }
}
