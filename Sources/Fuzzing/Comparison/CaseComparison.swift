import Metering
import ProgramRuntime

/// Runs one case in every way and compares.
final class CaseComparison {
    private let compilers: [CompilerUnderTest]
    private let source: StoredPages
    private let limitSamples: Int
    private let fault: PageLedger.Fault?

    /// - Parameters:
    ///   - limitSamples: how many gas limits at and beside the charges of a program are tried.
    ///   - fault: a rule that the model breaks.
    init(
        compilers: [CompilerUnderTest], source: StoredPages, limitSamples: Int, fault: PageLedger.Fault? = nil
    ) {
        self.compilers = compilers
        self.source = source
        self.limitSamples = limitSamples
        self.fault = fault
    }

    /// What was seen of one case.
    struct Result {
        var difference: Difference?
        /// Nil for a program that takes too long, and was not run.
        var prediction: Prediction?
        var executions = 0
        var limitedExecutions = 0
        /// In the fast form, with an end that only the exact form explains.
        var inconclusive = 0
        /// Executions for which several outcomes were allowed.
        var ambiguous = 0
        /// Of them those that took another course than the usual one, by what was left open.
        var unusual: [Freedom: Int] = [:]
        /// With more allowed courses than were followed.
        var undecided = 0
    }

    func compare(_ fuzzCase: FuzzCase, seed: UInt64) throws -> Result {
        var run = CaseRun(fuzzCase, fault: fault)
        guard let unlimited = run.predict() else { return run.result }
        source.pages = run.stored
        let module = ModuleEncoder.encode(fuzzCase.program)
        let usable = compilers.filter { $0.knowsVectors || !fuzzCase.program.usesVectors }
        let programs = try usable.map { try $0.compile(module, fuzzCase.scenario.schedule) }
        if let first = programs.first { try run.compareEagerly(first, unlimited) }
        let gasLimit = min(fuzzCase.scenario.gasLimit, run.largestLimit)
        for program in programs { try run.compareLazily(program, gasLimit: gasLimit) }
        var random = RandomSource(seed: ~seed)
        for limit in limits(unlimited.boundaries, &random) where run.result.difference == nil {
            let before = run.result.executions
            for program in programs { try run.compareLazily(program, gasLimit: limit) }
            run.result.limitedExecutions += run.result.executions - before
        }
        return run.result
    }

    /// Outcomes that the model allows under this limit, the usual one first.
    func allowedOutcomes(_ fuzzCase: FuzzCase, gasLimit: UInt64, atMost limit: Int) -> [Outcome] {
        var run = CaseRun(fuzzCase, fault: fault)
        guard run.predict() != nil else { return [] }
        var outcomes: [Outcome] = []
        var script: [Bool]? = []
        while let current = script, outcomes.count < limit {
            let model = run.model(gasLimit: gasLimit, choices: Choices(current))
            if let prediction = model.run() { outcomes.append(prediction.outcome) }
            script = model.choices.next()
        }
        return outcomes
    }

    /// Limits that just cover a charge, just do not, or leave a little more: those of the last charge, and some others.
    private func limits(_ boundaries: [UInt64], _ random: inout RandomSource) -> [UInt64] {
        guard let total = boundaries.last else { return [0] }
        let last = [total, total - 1]
        let around = boundaries.flatMap { $0 == 0 ? [0, 1] : [$0 - 1, $0, $0 + 1] }
        var others = Array(Set(around).subtracting(last)).sorted()
        while others.count > limitSamples - last.count { others.remove(at: random.below(others.count)) }
        return last + others
    }
}
