import Metering
import ProgramRuntime

/// The comparisons of one case.
struct CaseRun {
    private let fuzzCase: FuzzCase
    let stored: [UInt32: [UInt8]]
    private let fault: PageLedger.Fault?
    private let plan: GasPlan
    var result = CaseComparison.Result()
    /// Of a program that only its gas ends, what it may have.
    private(set) var largestLimit = UInt64(Int64.max)
    private var mergeable: Set<Int> = []
    /// What was chosen with the scenario's own gas limit: with less gas the choices are alike.
    private var chosen: [CompiledForm: [Bool]] = [:]

    /// The latest prediction that leaves nothing open, which is the same for all forms.
    private var settled: (gasLimit: UInt64, prediction: Prediction)?

    /// The latest good end under additive costs.
    private var goodRun: (gasLimit: UInt64, gasLeft: UInt64)?

    private struct CompiledForm: Hashable {
        let compiler: ProgramCompiler
        let form: MeteringForm
    }

    init(_ fuzzCase: FuzzCase, fault: PageLedger.Fault?) {
        self.fuzzCase = fuzzCase
        self.fault = fault
        stored = fuzzCase.scenario.stored.mapValues(\.bytes)
        plan = GasPlan(fuzzCase.program, fuzzCase.scenario.schedule)
    }

    func model(gasLimit: UInt64, choices: Choices = Choices()) -> Model {
        var limited = fuzzCase
        limited.scenario.gasLimit = gasLimit
        return Model(limited, stored: stored, plan: plan, mergeable: mergeable, choices: choices, fault: fault)
    }

    /// With gas for everything, or for as much as is worth it: where the charges are, and what no gas changes.
    mutating func predict() -> Prediction? {
        let unlimited = model(gasLimit: largestLimit)
        let prediction = unlimited.run()
        // After a cost that nothing covers, another course than the usual one may go on behind it.
        let isCutShort = prediction?.outcome.ranOutInPageCharge ?? false
        let longest = isCutShort ? modelWithoutPageCosts() : unlimited
        let isTooLong = isCutShort ? longest.run() == nil : prediction == nil
        mergeable = longest.foundMergeable
        guard isTooLong else {
            result.prediction = prediction
            return prediction
        }
        let boundaries = longest.pages.boundaries
        guard !boundaries.isEmpty else { return nil }
        // Other courses may burn less until then, and get further.
        largestLimit = boundaries[min(boundaries.count / 2, 20 + Int(fuzzCase.scenario.secondArgument % 200))]
        result.prediction = model(gasLimit: largestLimit).run()
        return result.prediction
    }

    private func modelWithoutPageCosts() -> Model {
        var free = fuzzCase
        free.scenario.gasLimit = largestLimit
        free.scenario.costs = free.scenario.costs.map { _ in 0 }
        return Model(free, stored: stored, plan: plan)
    }

    /// Page charges do not happen there, so that its gas is the program's own.
    mutating func compareEagerly(_ program: CompiledProgram, _ unlimited: Prediction) throws {
        guard unlimited.outcome.end != .gasLimitExceeded else { return }
        var scenario = fuzzCase.scenario
        scenario.gasLimit = largestLimit
        let outcome = try program.runEagerly(scenario, stored: stored)
        result.executions += 1
        var details: [String] = []
        func compare<Value: Equatable>(_ name: String, _ value: Value, _ expected: Value) {
            if value != expected { details.append("\(name): \(value) instead of \(expected)") }
        }
        compare("end", outcome.end, unlimited.outcome.end)
        compare("own burn", outcome.ownBurn, unlimited.ownBurn)
        compare("memory size", outcome.memorySize, unlimited.outcome.memorySize)
        if case .returned = outcome.end { details += MemoryDifference.lines(outcome.memory, unlimited.outcome.memory) }
        note(details, run: "eager", gasLimit: scenario.gasLimit)
    }

    /// In both forms, whether or not a job would need the exact one.
    mutating func compareLazily(_ program: CompiledProgram, gasLimit: UInt64) throws {
        var scenario = fuzzCase.scenario
        scenario.gasLimit = gasLimit
        for form in [MeteringForm.fast, .exact] where result.difference == nil {
            let run = try program.runLazily(form, scenario, stored: stored)
            result.executions += 1
            if !run.isConclusive { result.inconclusive += 1 }
            compare(run, CompiledForm(compiler: program.compiler, form: form), gasLimit: gasLimit)
            compareGas(run, program.compiler, gasLimit: gasLimit)
        }
    }

    /// Gas for a good end depends on nothing that is left open, if costs are additive.
    private mutating func compareGas(_ run: CompiledProgram.LazyRun, _ compiler: ProgramCompiler, gasLimit: UInt64) {
        guard fuzzCase.scenario.isAdditive, run.outcome.end.isGood else { return }
        if let goodRun, goodRun.gasLimit == gasLimit, goodRun.gasLeft != run.outcome.gasLeft {
            let details = ["gas left: \(run.outcome.gasLeft), and \(goodRun.gasLeft) in another run"]
            note(details, run: compiler.rawValue, gasLimit: gasLimit)
        }
        goodRun = (gasLimit, run.outcome.gasLeft)
    }

    /// The outcome must be one of those that the specification allows.
    private mutating func compare(_ run: CompiledProgram.LazyRun, _ place: CompiledForm, gasLimit: UInt64) {
        let runName = "\(place.compiler.rawValue), \(place.form) form"
        if let settled, settled.gasLimit == gasLimit {
            note(details(run, settled.prediction), run: runName, gasLimit: gasLimit)
            return
        }
        var courses = 0
        var usual: [String] = []
        var (script, isGuess) = (chosen[place] ?? [], chosen[place] != nil)
        while true {
            let choices = Choices(
                script, expected: place.compiler.likelyChoices, allowed: place.compiler.allowedChoices)
            let model = model(gasLimit: gasLimit, choices: choices)
            guard let prediction = model.run() else { return }
            let details = details(run, prediction)
            if courses == 0 {
                usual = details
                if !model.choices.taken.isEmpty {
                    result.ambiguous += 1
                } else if place.compiler == .cranelift {
                    settled = (gasLimit, prediction)
                }
            }
            courses += 1
            if details.isEmpty {
                if chosen[place] == nil { chosen[place] = model.choices.taken.map(\.other) }
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
        note(usual, run: runName, gasLimit: gasLimit)
    }

    private func details(_ run: CompiledProgram.LazyRun, _ prediction: Prediction) -> [String] {
        if run.isConclusive {
            return run.outcome.differences(from: prediction.outcome, isAdditive: fuzzCase.scenario.isAdditive)
        }
        guard prediction.outcome.end.isGood else { return [] }
        return ["end: \(run.outcome.end), not conclusive, instead of \(prediction.outcome.end)"]
    }

    private mutating func note(_ details: [String], run: String, gasLimit: UInt64) {
        if result.difference == nil, !details.isEmpty {
            result.difference = Difference(run: run, gasLimit: gasLimit, details: details)
        }
    }
}

extension ProgramCompiler {
    /// What it may do of what is left open.
    fileprivate var allowedChoices: Set<Freedom> {
        let byMachine: Set<Freedom> = [.edge, .copyOrder]
        return self == .cranelift ? byMachine.union([.mergedUpdate]) : byMachine
    }

    /// What of it it does wherever it can.
    fileprivate var likelyChoices: Set<Freedom> { self == .cranelift ? [.mergedUpdate] : [] }
}
