import Pages

/// Measures engine and baseline in turn.
struct FaultMeasurement {
    private let source: MemoryPageSource
    private let engine: EngineFaults
    private let baseline: BaselineFaults

    /// Few pages are touched in several executions, so that a sample is never of a few faults only.
    private static let faultsPerSample = 256

    /// - Parameter pages: the most that an execution touches.
    init(pages: Int) throws {
        let whole = BenchMemory.wholeWasmPages(pages)
        source = MemoryPageSource(pages: whole)
        engine = try EngineFaults(pages: whole)
        baseline = try BaselineFaults(pages: whole, data: source.data)
    }

    func row(_ kind: FaultKind, pages: Int, rounds: Int) throws -> FaultRow {
        let numbers = (0..<UInt32(pages)).map { $0 }
        // The first of all has pages of the data to bring in, and is not counted.
        _ = try sample(kind, numbers, engineFirst: true)
        let samples = try (0..<rounds).map { try sample(kind, numbers, engineFirst: $0.isMultiple(of: 2)) }
        return FaultRow(kind, pages: pages, samples: samples)
    }

    /// Nanoseconds a fault. Who comes second finds more in the processor's caches, so each is first in turn.
    private func sample(
        _ kind: FaultKind, _ pages: [UInt32], engineFirst: Bool
    ) throws -> (engine: Double, baseline: Double) {
        source.isEmpty = !kind.isStored
        var (engineTime, baselineTime): (UInt64, UInt64) = (0, 0)
        let executions = max(1, Self.faultsPerSample / pages.count)
        for execution in 0..<executions {
            let first = execution.isMultiple(of: 2) == engineFirst
            if first { engineTime += try engine.time(kind, pages, from: source) }
            baselineTime += try baseline.time(kind, pages)
            if !first { engineTime += try engine.time(kind, pages, from: source) }
        }
        let faults = Double(executions * pages.count)
        return (Double(engineTime) / faults, Double(baselineTime) / faults)
    }
}
