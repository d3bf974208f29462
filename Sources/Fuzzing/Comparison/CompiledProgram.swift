import LazyPages
import Metering
import Pages
import ProgramRuntime
import WorkerProtocol

/// A program as one compiler made it, in both forms of its metering.
struct CompiledProgram {
    let runtime: ProgramRuntime
    let host: FuzzHost
    let forms: [MeteringForm: CompiledModule]
    let compiler: ProgramCompiler

    /// An execution on lazily loaded memory.
    struct LazyRun {
        var outcome: Outcome
        /// False if only the exact form says what happened.
        var isConclusive: Bool
    }

    /// Runs as a job does: again in the exact form, where the fast one does not say what happened.
    func runAsJob(_ scenario: Scenario, stored: [UInt32: [UInt8]]) throws -> Outcome {
        let run = try runLazily(.fast, scenario, stored: stored)
        return run.isConclusive ? run.outcome : try runLazily(.exact, scenario, stored: stored).outcome
    }

    /// Runs on lazily loaded memory.
    func runLazily(_ form: MeteringForm, _ scenario: Scenario, stored: [UInt32: [UInt8]]) throws -> LazyRun {
        do throws(ExecutionError) {
            var memory: [UInt8]?
            host.forget()
            let report = try runtime.execute(module(form), ExecutionRequest(scenario)) { memory = Array($0) }
            let outcome = Outcome(report, memory: memory, gasSeen: host.gasSeen, scenario, stored: stored)
            return LazyRun(outcome: outcome, isConclusive: report.isConclusive)
        } catch {
            throw ExecutionRefused(reason: "\(compiler.rawValue), \(form) form, lazily: \(error)")
        }
    }

    /// Runs on plain memory that was filled from the store.
    func runEagerly(_ scenario: Scenario, stored: [UInt32: [UInt8]]) throws -> EagerOutcome {
        do throws(ExecutionError) {
            var memory: [UInt8]?
            let report = try runtime.executeEagerly(module(.exact), ExecutionRequest(scenario)) { bytes, start in
                for (page, content) in stored where page >= scenario.stackEnd * 4 {
                    let offset = Int(page) * StoredPage.size
                    guard offset >= start, offset < bytes.count else { continue }
                    UnsafeMutableRawBufferPointer(rebasing: bytes[offset...]).copyBytes(from: content)
                }
            } didReturn: {
                memory = Array($0)
            }
            return EagerOutcome(
                end: End(report.end), ownBurn: scenario.gasLimit - (report.gasLeft ?? 0),
                memorySize: report.memorySize, memory: memory)
        } catch {
            throw ExecutionRefused(reason: "\(compiler.rawValue), eagerly: \(error)")
        }
    }

    private func module(_ form: MeteringForm) throws(ExecutionError) -> CompiledModule {
        guard let module = forms[form] else { throw .moduleUnusable("there is no \(form) form") }
        return module
    }
}

/// What is visible of an execution on plain memory.
struct EagerOutcome {
    var end: End
    var ownBurn: UInt64
    var memorySize: UInt32
    var memory: [UInt8]?
}

extension ExecutionRequest {
    init(_ scenario: Scenario) {
        self.init(
            entry: Program.entry,
            args: [.integer(Int64(scenario.firstArgument)), .unsigned(scenario.secondArgument)],
            gasLimit: scenario.gasLimit, memorySize: scenario.memorySize, memoryMaximum: scenario.memoryMaximum,
            stackEnd: scenario.stackEnd, programKey: [1],
            costs: PageCosts(scenario.costs) ?? .standard)
    }
}

extension End {
    init(_ end: ExecutionEnd) {
        switch end {
        case .returned(let numbers):
            if case .integer(let value)? = numbers.first {
                self = .returned(UInt64(bitPattern: value))
            } else {
                self = .trapped("returned no number")
            }
        case .trapped(let trap), .memoryOutOfBounds(let trap): self = .trapped(trap.kind)
        case .gasLimitExceeded: self = .gasLimitExceeded
        case .stopped(let end):
            self =
                switch end {
                case .leave: .stopped("leave")
                case .exit: .stopped("exit")
                case .wait: .stopped("wait")
                case .panic: .stopped("panic")
                case .unsupported: .stopped("unsupported")
                }
        }
    }
}

extension Outcome {
    /// - Parameter memory: the whole memory of a program that returned, without what was never loaded.
    init(
        _ report: ExecutionReport, memory: [UInt8]?, gasSeen: [UInt64], _ scenario: Scenario,
        stored: [UInt32: [UInt8]]
    ) {
        let accessed = report.accessedPages.map(\.rawValue)
        var content = memory
        for (page, bytes) in stored where page >= scenario.stackEnd * 4 {
            let start = Int(page) * StoredPage.size
            guard start < content?.count ?? 0, !accessed.contains(page) else { continue }
            content?.withUnsafeMutableBytes {
                UnsafeMutableRawBufferPointer(rebasing: $0[start...]).copyBytes(from: bytes)
            }
        }
        let end = End(report.end)
        if case .stopped = end, end.isGood { content = report.writtenPages.flatMap { $0.bytes ?? [] } }
        self.init(
            end: end, ranOutInPageCharge: report.status == .gasLimitExceeded, gasLeft: report.gasLeft ?? 0,
            charges: CostKind.allCases.map { report.charges[$0] }, accessed: accessed,
            written: report.writtenPages.map(\.page.rawValue), loaded: report.counters.pagesLoaded,
            memorySize: report.memorySize, memory: content, gasSeen: gasSeen)
    }
}
