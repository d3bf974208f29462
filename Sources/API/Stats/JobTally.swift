import Pages
import WorkerProtocol

/// What some jobs came to together.
struct JobTally {
    /// How jobs end: by their programs' outcome, or without one.
    static let endings = JobOutcome.allCases.map(\.rawValue) + [JobState.failed.rawValue, JobState.cancelled.rawValue]

    private(set) var jobs = 0
    /// In the order of `endings`.
    private var ended = InlineArray<10, UInt32>(repeating: 0)
    /// A floating-point number like Prometheus' counters: exact to 2^53, and it does not overflow.
    private(set) var gasBurned = 0.0
    private(set) var charges = ChargeCounts()
    private(set) var pagesLoaded: UInt64 = 0
    private(set) var pagesPrefetched: UInt64 = 0
    private(set) var pagesWasted: UInt64 = 0
    private(set) var pagesWritten: UInt64 = 0
    private(set) var readFaults: UInt64 = 0
    private(set) var writeFaults: UInt64 = 0
    private(set) var writeAfterReadFaults: UInt64 = 0
    private(set) var latencies = LatencyHistogram()
    /// In microseconds.
    private(set) var longestLatency: UInt64 = 0

    mutating func add(_ job: JobSummary) {
        jobs += 1
        let ending = job.outcome?.rawValue ?? job.state.rawValue
        if let place = Self.endings.firstIndex(of: ending) { ended[place] += 1 }
        gasBurned += Double(job.gas.burned)
        add(job.gas.pages)
        if let counters = job.counters {
            pagesLoaded += counters.pagesLoaded
            pagesPrefetched += counters.pagesPrefetched
            pagesWasted += counters.pagesWasted
            pagesWritten += counters.pagesWritten
            readFaults += counters.readFaults
            writeFaults += counters.writeFaults
            writeAfterReadFaults += counters.writeAfterReadFaults
        }
        latencies.add(job.latencyUs)
        longestLatency = max(longestLatency, job.latencyUs)
    }

    mutating func add(_ other: JobTally) {
        jobs += other.jobs
        for place in ended.indices { ended[place] += other.ended[place] }
        gasBurned += other.gasBurned
        add(other.charges)
        pagesLoaded += other.pagesLoaded
        pagesPrefetched += other.pagesPrefetched
        pagesWasted += other.pagesWasted
        pagesWritten += other.pagesWritten
        readFaults += other.readFaults
        writeFaults += other.writeFaults
        writeAfterReadFaults += other.writeAfterReadFaults
        latencies.add(other.latencies)
        longestLatency = max(longestLatency, other.longestLatency)
    }

    private mutating func add(_ more: ChargeCounts) {
        for kind in CostKind.allCases { charges[kind] += more[kind] }
    }

    /// How many jobs ended how.
    var outcomes: [String: UInt32] {
        Dictionary(uniqueKeysWithValues: zip(Self.endings, ended.indices.map { ended[$0] }))
    }
}

extension JobSummary {
    /// From the job's acceptance to its end, its commit included, in microseconds.
    var latencyUs: UInt64 {
        let steps = timingsUs
        if let queued = steps.queued, let execute = steps.execute {
            return queued + (steps.load ?? 0) + execute + (steps.commit ?? 0)
        }
        // It did not come to an end by itself.
        let milliseconds = finishedAt.map { $0.milliseconds - createdAt.milliseconds } ?? 0
        return UInt64(max(0, milliseconds)) * 1000
    }
}
