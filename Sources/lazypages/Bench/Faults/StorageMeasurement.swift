import LazyPages
import PageStorage
import Pages
import Worker

/// Measures the engine with a storage behind it, with prefetch and without in turn.
struct StorageMeasurement {
    private let kind: String
    private let program: StoredProgram
    private let engine: EngineFaults
    private let data: MemoryPageSource

    /// Few pages are touched in several executions, so that a sample is never of a few faults only.
    private static let faultsPerSample = 64
    private static let storedLimit = 4096

    /// Comes before the first measurement in memory: of two handlers of SIGSEGV the WebAssembly engine's must be first.
    /// - Parameter pages: the most that an execution touches.
    init(_ location: StorageLocation, pages: Int) throws {
        // Random pages are to be some of many.
        let stored = min(BenchMemory.wholeWasmPages(4 * pages), Self.storedLimit)
        kind = location.kind
        program = try StoredProgram(in: location, pages: stored)
        engine = try EngineFaults(pages: stored)
        data = MemoryPageSource(pages: stored)
    }

    func row(_ order: TouchOrder, pages: Int, rounds: Int) throws -> StorageFaultRow {
        var queries: (without: UInt64, with: UInt64) = (0, 0)
        var samples: [StorageFaultRow.Sample] = []
        // The first round finds nothing in any cache, and is not counted.
        for round in 0...rounds {
            var sample = StorageFaultRow.Sample()
            let executions = order.isJob ? 1 : max(1, Self.faultsPerSample / pages)
            let faults = Double(executions * pages)
            for execution in 0..<executions {
                let touches = order.touches(pages, of: program.start.storedPages.count)
                // Who comes later finds more in caches, so each is first in turn.
                for turn in 0..<3 {
                    switch (round + execution + turn) % 3 {
                    case 0:
                        let (time, count) = try run(order, touches, .off)
                        (sample.without, queries.without) = (sample.without + time / faults, count)
                    case 1:
                        let (time, count) = try run(order, touches, .on)
                        (sample.with, queries.with) = (sample.with + time / faults, count)
                    default:
                        sample.least += try leastTime(touches.now) / faults
                    }
                }
            }
            if round > 0 { samples.append(sample) }
        }
        return StorageFaultRow(kind, order, pages: pages, queries: queries, samples: samples)
    }

    /// Nanoseconds, and queries.
    private func run(
        _ order: TouchOrder, _ touches: (before: [UInt32]?, now: [UInt32]), _ prefetch: Prefetch
    ) throws -> (Double, UInt64) {
        if order.isJob {
            return try program.runJobs(touches.before == nil ? 1 : 2, pages: touches.now.count, prefetch)
        }
        let source = StoragePageSource(storage: program.storage, prefetch: prefetch)
        func execution(_ pages: [UInt32]) throws -> (Double, UInt64) {
            source.begin(program.start, entry: "touch")
            let time = try engine.time(.read, pages, from: source)
            return (Double(time), source.end(isWhole: true).queries)
        }
        if let before = touches.before { _ = try execution(before) }
        return try execution(touches.now)
    }

    /// One query for all the pages, and as many faults with their data in memory.
    private func leastTime(_ pages: [UInt32]) throws -> Double {
        let numbers = pages.sorted().map { PageNumber($0) }
        let (key, version) = (program.start.key, program.start.version)
        let clock = ContinuousClock()
        let began = clock.now
        do throws(StorageError) {
            let batch = try program.storage.readPages(of: key, pages: numbers, asOf: version)
            withExtendedLifetime(batch) {}
        } catch {
            throw Failure(.service, error.explanation)
        }
        let query = (clock.now - began) / .nanoseconds(1)
        return query + Double(try engine.time(.read, pages, from: data))
    }
}
