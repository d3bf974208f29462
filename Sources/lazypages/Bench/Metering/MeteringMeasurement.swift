/// Measures a program in all variants, in turn.
struct MeteringMeasurement {
    private let plain: BenchEngine
    private let counting: BenchEngine

    init() throws {
        plain = try BenchEngine(countsFuel: false)
        counting = try BenchEngine(countsFuel: true)
    }

    func row(_ kernel: MeteringKernel, rounds: Int) throws -> MeteringRow {
        let module = try BenchEngine.assemble(kernel.module)
        let programs = try MeteringVariant.allCases.map { variant in
            let countsFuel = variant == .fuel
            return try MeasuredProgram(
                countsFuel ? counting : plain, try variant.binary(module), countsFuel: countsFuel)
        }
        // The first call has the memory to bring in, and is not counted.
        try check(programs, results: try programs.map { try $0.run(kernel.parameter).result })
        var samples: [[MeteringVariant: Double]] = []
        for round in 0..<rounds {
            var sample: [MeteringVariant: Double] = [:]
            // Each is first in turn.
            for index in programs.indices {
                let place = (index + round) % programs.count
                let (_, nanoseconds) = try programs[place].run(kernel.parameter)
                sample[MeteringVariant.allCases[place]] = Double(nanoseconds)
            }
            samples.append(sample)
        }
        return MeteringRow(kernel, samples: samples)
    }

    /// A measurement of something else than what it says would be worse than none.
    private func check(_ programs: [MeasuredProgram], results: [Int32]) throws {
        let burned = zip(MeteringVariant.allCases, programs).filter { [.fast, .exact].contains($0.0) }.map(\.1.burned)
        guard Set(results).count == 1, Set(burned).count == 1, burned.allSatisfy({ $0 > 0 }) else {
            throw Failure(.service, "the variants of a program differ in what they compute or burn")
        }
    }
}
