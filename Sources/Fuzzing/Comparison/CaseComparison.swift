import ProgramRuntime

/// Runs one case in every way and compares.
final class CaseComparison {
    private let compilers: [CompilerUnderTest]
    private let source: StoredPages
    private let limitSamples: Int
    private let fault: PageLedger.Fault?

    /// - Parameters:
    ///   - limitSamples: how many charges of a program are tried as the one at which its gas ends.
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
        /// Executions for which several outcomes were allowed.
        var ambiguous = 0
        /// Of them those that took another course than the usual one, by what was left open.
        var unusual: [Freedom: Int] = [:]
        /// With more allowed courses than were followed.
        var undecided = 0
    }

    func compare(_ fuzzCase: FuzzCase, seed: UInt64) throws -> Result {
        let stored = fuzzCase.scenario.stored.mapValues(\.bytes)
        var comparison = Run(fuzzCase: fuzzCase, stored: stored, fault: fault)
        guard let unlimited = comparison.predictWithoutLimit() else { return comparison.result }
        source.pages = stored
        let module = ModuleEncoder.encode(fuzzCase.program)
        let usable = compilers.filter { $0.knowsVectors || !fuzzCase.program.usesVectors }
        let programs = try usable.map { try $0.compile(module) }
        if let first = programs.first { try comparison.compareEagerly(first, unlimited) }
        for program in programs { try comparison.compareLazily(program, gasLimit: fuzzCase.scenario.gasLimit) }
        guard fuzzCase.program.isMetered else { return comparison.result }
        var random = RandomSource(seed: ~seed)
        for limit in limits(unlimited.boundaries, &random) where comparison.result.difference == nil {
            for program in programs { try comparison.compareLazily(program, gasLimit: limit) }
            comparison.result.limitedExecutions += programs.count
        }
        return comparison.result
    }

    /// Outcomes that the model allows under this limit, the usual one first.
    func allowedOutcomes(_ fuzzCase: FuzzCase, gasLimit: UInt64, atMost limit: Int) -> [Outcome] {
        let stored = fuzzCase.scenario.stored.mapValues(\.bytes)
        var comparison = Run(fuzzCase: fuzzCase, stored: stored, fault: fault)
        guard comparison.predictWithoutLimit() != nil else { return [] }
        var outcomes: [Outcome] = []
        var script: [Bool]? = []
        while let current = script, outcomes.count < limit {
            let model = comparison.model(gasLimit: gasLimit, choices: Choices(current))
            if let prediction = model.run() { outcomes.append(prediction.outcome) }
            script = model.choices.next()
        }
        return outcomes
    }

    /// For some of the charges, the limit that just covers it and the one that just does not.
    private func limits(_ boundaries: [UInt64], _ random: inout RandomSource) -> [UInt64] {
        var distinct = Array(Set(boundaries)).sorted()
        while distinct.count > limitSamples { distinct.remove(at: random.below(distinct.count)) }
        return distinct.flatMap { $0 == 0 ? [0] : [$0, $0 - 1] }
    }
}

/// The comparisons of one case.
private struct Run {
    let fuzzCase: FuzzCase
    let stored: [UInt32: [UInt8]]
    let fault: PageLedger.Fault?
    var result = CaseComparison.Result()
    private var mergeable: Set<Int> = []
    /// By compiler, what it chose with the scenario's own gas limit: with less gas it chooses alike.
    private var chosen: [ProgramCompiler: [Bool]] = [:]

    init(fuzzCase: FuzzCase, stored: [UInt32: [UInt8]], fault: PageLedger.Fault?) {
        self.fuzzCase = fuzzCase
        self.stored = stored
        self.fault = fault
    }

    /// With gas for everything: where the charges are, and what no gas changes.
    mutating func predictWithoutLimit() -> Prediction? {
        var scenario = fuzzCase.scenario
        scenario.gasLimit = UInt64(Int64.max)
        let model = Model(FuzzCase(program: fuzzCase.program, scenario: scenario), stored: stored, fault: fault)
        guard let prediction = model.run() else { return nil }
        result.prediction = prediction
        mergeable = prediction.mergeable
        if prediction.outcome.ranOutInPageCharge {
            // A cost that nothing covers: another course than the usual one may go on behind it.
            scenario.costs = [UInt64](repeating: 0, count: scenario.costs.count)
            let free = Model(FuzzCase(program: fuzzCase.program, scenario: scenario), stored: stored)
            mergeable = free.run()?.mergeable ?? []
        }
        return prediction
    }

    /// Page charges do not happen there, so that its gas is the program's own.
    mutating func compareEagerly(_ program: CompiledProgram, _ unlimited: Prediction) throws {
        guard !unlimited.outcome.ranOutInPageCharge else { return }
        var scenario = fuzzCase.scenario
        scenario.gasLimit = UInt64(Int64.max)
        let outcome = try program.runEagerly(scenario, stored: stored)
        result.executions += 1
        var details: [String] = []
        if outcome.end != unlimited.outcome.end {
            details.append("end: \(outcome.end) instead of \(unlimited.outcome.end)")
        }
        if outcome.ownBurn != unlimited.ownBurn, fuzzCase.program.isMetered {
            details.append("own burn: \(outcome.ownBurn) instead of \(unlimited.ownBurn)")
        }
        if outcome.memorySize != unlimited.outcome.memorySize {
            details.append("memory size: \(outcome.memorySize) instead of \(unlimited.outcome.memorySize)")
        }
        details += MemoryDifference.lines(outcome.memory, unlimited.outcome.memory)
        note(details, run: "eager", gasLimit: scenario.gasLimit)
    }

    /// The outcome must be one of those that the specification allows.
    mutating func compareLazily(_ program: CompiledProgram, gasLimit: UInt64) throws {
        guard result.difference == nil else { return }
        var scenario = fuzzCase.scenario
        scenario.gasLimit = gasLimit
        let outcome = try program.runLazily(scenario, stored: stored)
        result.executions += 1
        var courses = 0
        var usual: [String] = []
        var (script, isGuess) = (chosen[program.compiler] ?? [], chosen[program.compiler] != nil)
        while true {
            let choices = Choices(script, expected: program.compiler.likelyChoices)
            let model = model(gasLimit: gasLimit, choices: choices)
            guard let prediction = model.run() else { return }
            let details = outcome.differences(from: prediction.outcome)
            if courses == 0 {
                usual = details
                if !model.choices.taken.isEmpty { result.ambiguous += 1 }
            }
            courses += 1
            if details.isEmpty {
                if chosen[program.compiler] == nil { chosen[program.compiler] = model.choices.taken.map(\.other) }
                let kinds = Set(model.choices.taken.filter(\.other).map(\.freedom))
                for kind in kinds { result.unusual[kind, default: 0] += 1 }
                return
            }
            if courses == Choices.limit {
                result.undecided += 1
                return
            }
            guard let next = isGuess ? [] : model.choices.next() else { break }
            (script, isGuess) = (next, false)
        }
        if courses > 1 { usual.append("none of \(courses) allowed courses agrees; compared with the usual one") }
        note(usual, run: program.compiler.rawValue, gasLimit: gasLimit)
    }

    func model(gasLimit: UInt64, choices: Choices) -> Model {
        var limited = fuzzCase
        limited.scenario.gasLimit = gasLimit
        return Model(limited, stored: stored, mergeable: mergeable, choices: choices, fault: fault)
    }

    private mutating func note(_ details: [String], run: String, gasLimit: UInt64) {
        if result.difference == nil, !details.isEmpty {
            result.difference = Difference(run: run, gasLimit: gasLimit, details: details)
        }
    }
}

extension ProgramCompiler {
    /// What it does of what is left open, wherever it can.
    fileprivate var likelyChoices: Set<Freedom> { self == .cranelift ? [.mergedUpdate, .redundantStore] : [] }
}
