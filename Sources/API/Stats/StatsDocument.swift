import Pages
import Scheduler
import WorkerProtocol

/// The answer of `GET /v1/stats`. What it tells has the names that jobs and `/metrics` use for it.
struct StatsDocument: Encodable {
    struct Window: Encodable {
        struct Jobs: Encodable {
            var total: Int
            var perSecond: Double
            var outcomes: [String: UInt32]
        }

        struct Pages: Encodable {
            struct Faults: Encodable {
                var read: UInt64
                var write: UInt64
                var writeAfterRead: UInt64
            }

            var loaded: UInt64
            var prefetched: UInt64
            var wasted: UInt64
            var written: UInt64
            var faults: Faults
        }

        struct OtherPrograms: Encodable {
            var jobs: Int
            var gasBurned: Double
        }

        struct Latency: Codable {
            var p50: Double
            var p90: Double
            var p95: Double
            var p99: Double
            var max: Double
        }

        var seconds: Double
        var jobs: Jobs
        var gasBurned: Double
        var gasByCost: [String: Double]
        var pages: Pages
        /// Null where there is no job.
        @ExplicitNull var latencyMs: Latency?
        var programs: [JobStatistics.ProgramLoad]
        /// Of all programs that are not in the list.
        var otherPrograms: OtherPrograms
    }

    struct Queue: Encodable {
        var waiting: Int
        var oldestSeconds: Double
    }

    var at: Timestamp
    /// By name.
    var windows: [String: Window]
    var queue: Queue
    var workers: InfoDocument.Workers
    /// Both only where it is about one program.
    var program: String?
    var hottestPages: [PageHeat.Page]?

    init(_ windows: [StatsWindow: JobStatistics.Window], _ statistics: SchedulerStatistics, costs: PageCosts) {
        at = .now()
        self.windows = Dictionary(
            uniqueKeysWithValues: windows.map { ($0.key.rawValue, Window($0.value, costs: costs)) })
        queue = Queue(waiting: statistics.queued, oldestSeconds: statistics.oldestWaitSeconds ?? 0)
        workers = InfoDocument.Workers(statistics)
    }
}

extension StatsDocument.Window {
    init(_ window: JobStatistics.Window, costs: PageCosts) {
        let tally = window.tally
        seconds = window.seconds.rounded(toPlaces: 3)
        jobs = Jobs(
            total: tally.jobs, perSecond: window.seconds > 0 ? Double(tally.jobs) / window.seconds : 0,
            outcomes: tally.outcomes)
        gasBurned = tally.gasBurned
        gasByCost = Dictionary(
            uniqueKeysWithValues: GasByCost.amounts(tally.gasBurned, costs) { Double(tally.charges[$0]) })
        pages = Pages(
            loaded: tally.pagesLoaded, prefetched: tally.pagesPrefetched, wasted: tally.pagesWasted,
            written: tally.pagesWritten,
            faults: Pages.Faults(
                read: tally.readFaults, write: tally.writeFaults, writeAfterRead: tally.writeAfterReadFaults))
        latencyMs = Latency(tally)
        programs = window.programs
        otherPrograms = OtherPrograms(
            jobs: programs.reduce(tally.jobs) { $0 - $1.jobs },
            gasBurned: programs.reduce(tally.gasBurned) { $0 - $1.gasBurned })
    }
}

extension StatsDocument.Window.Latency {
    init?(_ tally: JobTally) {
        let longest = Double(tally.longestLatency)
        func milliseconds(_ share: Double) -> Double? {
            tally.latencies.percentile(share).map { (Swift.min($0, longest) / 1000).rounded(toPlaces: 3) }
        }
        guard let p50 = milliseconds(0.5), let p90 = milliseconds(0.9), let p95 = milliseconds(0.95),
            let p99 = milliseconds(0.99)
        else { return nil }
        self.init(p50: p50, p90: p90, p95: p95, p99: p99, max: (longest / 1000).rounded(toPlaces: 3))
    }
}

extension Double {
    fileprivate func rounded(toPlaces places: Int) -> Double {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        return (self * scale).rounded() / scale
    }
}
