import ProgramRuntime

/// What a session of fuzzing did.
public struct FuzzSummary: Sendable {
    public var programs = 0
    /// Programs that take too long to be worth it, and were not run.
    public var skipped = 0
    public var executions = 0
    public var limitedExecutions = 0
    /// In the fast form, with an end that only the exact form explains.
    public var inconclusive = 0
    public var memoryAccesses = 0
    public var faults = 0
    /// Executions for which the specification allows several outcomes.
    public var ambiguous = 0
    /// Of them those with another outcome than the usual one, by what is left open.
    public var unusual: [String: Int] = [:]
    /// Of them those with too many allowed outcomes to try all.
    public var undecided = 0
    /// Programs by how they end when their gas suffices.
    public var ends: [String: Int] = [:]
}

/// A case in which an execution differs from the model.
public struct FuzzFinding: Sendable {
    /// Repeats it as the first run of a session.
    public let seed: UInt64
    public let difference: String
}

/// Differential fuzzing: random programs on random stores, run lazily, eagerly and by a model, must agree.
public final class Fuzzer {
    private let compilers: [CompilerUnderTest]
    private let comparison: CaseComparison
    public private(set) var summary = FuzzSummary()

    /// - Parameters:
    ///   - compilers: which to run programs with.
    ///   - source: where the runtimes under test find stored pages; another one may be given to see it found out.
    public convenience init(
        compilers: [ProgramCompiler] = ProgramCompiler.allCases, source: StoredPages = StoredPages()
    ) throws {
        try self.init(compilers: compilers, source: source, fault: nil)
    }

    init(compilers: [ProgramCompiler], source: StoredPages, fault: PageLedger.Fault?) throws {
        self.compilers = try compilers.map { try CompilerUnderTest($0, source: source) }
        comparison = CaseComparison(compilers: self.compilers, source: source, limitSamples: 10, fault: fault)
    }

    /// One run.
    /// - Returns: the difference, if there is one.
    public func run(seed: UInt64) -> FuzzFinding? {
        let fuzzCase = CaseGenerator.generate(seed: seed)
        let difference: String
        do {
            let result = try comparison.compare(fuzzCase, seed: seed)
            count(result)
            guard let found = result.difference else { return nil }
            difference = "\(found)"
        } catch {
            difference = "\(error)"
        }
        return FuzzFinding(seed: seed, difference: difference)
    }

    /// The program of a run, in the text format.
    public static func program(seed: UInt64) -> String { TextFormat.write(CaseGenerator.generate(seed: seed).program) }

    /// Looks for the smallest case with a difference, and writes it as a test. Nil if the difference does not come again.
    public func test(for finding: FuzzFinding) -> String? {
        let comparison = comparison
        func difference(_ fuzzCase: FuzzCase) -> Difference? {
            guard fuzzCase.isSound else { return nil }
            do {
                return try comparison.compare(fuzzCase, seed: finding.seed).difference
            } catch {
                return Difference(run: "\(error)", gasLimit: fuzzCase.scenario.gasLimit, details: [])
            }
        }
        let original = CaseGenerator.generate(seed: finding.seed)
        guard let first = difference(original) else { return nil }
        var shrinker = Shrinker { difference($0).map { $0.isLike(first) } ?? false }
        var smallest = shrinker.shrink(original)
        guard let remaining = difference(smallest) else { return nil }
        smallest.scenario.gasLimit = remaining.gasLimit
        let outcomes = comparison.allowedOutcomes(smallest, gasLimit: remaining.gasLimit, atMost: 8)
        var allowed: [String] = []
        for text in outcomes.map({ $0.text(isAdditive: smallest.scenario.isAdditive) }) where !allowed.contains(text) {
            allowed.append(text)
        }
        return TestPrinter.test(smallest, seed: finding.seed, difference: remaining, allowed: allowed)
    }

    private func count(_ result: CaseComparison.Result) {
        guard let prediction = result.prediction else {
            summary.skipped += 1
            return
        }
        summary.programs += 1
        summary.executions += result.executions
        summary.limitedExecutions += result.limitedExecutions
        summary.inconclusive += result.inconclusive
        summary.memoryAccesses += prediction.memoryAccesses
        summary.faults += prediction.faults
        summary.ambiguous += result.ambiguous
        for (freedom, count) in result.unusual { summary.unusual[freedom.rawValue, default: 0] += count }
        summary.undecided += result.undecided
        let end =
            switch prediction.outcome.end {
            case .returned: "returned"
            case .trapped(let kind): kind
            case .gasLimitExceeded: "gas_limit_exceeded"
            case .stopped(let way): way
            }
        summary.ends[end, default: 0] += 1
    }
}
