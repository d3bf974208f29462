import ArgumentParser
import Foundation
import Fuzzing
import ProgramRuntime
import WorkerProtocol

/// Looks for differences between lazy execution and its model.
struct FuzzCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fuzz",
        abstract: "Runs random programs lazily, eagerly and in a model, and compares.",
        discussion: """
            Every program is metered in both forms and run with each compiler on lazily loaded memory, once with enough \
            gas and again with limits at its charges; and on plain memory; all must agree with an independent model, which \
            counts the gas of the program as it was. A difference is \
            reduced and printed as a test, with the seed that repeats it: lazypages fuzz --seed SEED --runs 1

            Exit status: 0 no difference, 1 a difference or a crash, 2 wrong usage.
            """)

    @Option(help: "Where the random programs begin; the same seed makes the same programs. (default: a fresh one)")
    var seed: UInt64?

    @Option(help: "How many programs.")
    var runs: UInt64 = 1000

    @Option(help: "Only this compiler: cranelift or winch. (default: both)")
    var compiler: ProgramCompiler?

    /// Given to the process that does the work: where it notes the seed of each run.
    @Option(help: .hidden)
    var progress: String?

    func validate() throws {
        guard runs > 0 else { throw ValidationError("--runs is 0; there is nothing to do") }
    }

    func run() throws {
        let seed = seed ?? UInt64.random(in: 1...UInt64(UInt32.max))
        if let progress {
            try work(seed: seed, progress: progress)
        } else {
            try supervise(seed: seed)
        }
    }

    /// The programs run in a process of their own, since a defect may crash it or make it hang.
    private func supervise(seed: UInt64) throws {
        say("seed \(seed), \(runs) programs, compilers: \(compilers.map(\.rawValue).joined(separator: ", "))")
        var arguments = ["fuzz", "--seed", String(seed), "--runs", String(runs)]
        if let compiler { arguments += ["--compiler", compiler.rawValue] }
        switch try FuzzSupervisor(arguments: arguments, firstSeed: seed).run() {
        case .exited(0): return
        case .exited(let status): throw ExitCode(status)
        case .crashed(let signal, let seed):
            say("CRASH: signal \(signal) in the run of seed \(seed)")
            sayHowToRepeat(seed)
        case .hung(let seed):
            say("HANG: the run of seed \(seed) took more than \(Int(FuzzSupervisor.hangSeconds)) seconds")
            sayHowToRepeat(seed)
        }
        throw ExitCode(Failure.Status.programEndedOtherwise.rawValue)
    }

    private func sayHowToRepeat(_ seed: UInt64) {
        say("repeat it with: lazypages fuzz --seed \(seed) --runs 1")
        FileHandle.standardOutput.write(Data("\n\(Fuzzer.program(seed: seed))\n".utf8))
    }

    private func work(seed: UInt64, progress: String) throws {
        guard WorkerConnection.dieWithParent(expected: getppid()) else { return }
        let note = try FuzzProgress(path: progress)
        let fuzzer = try Fuzzer(compilers: compilers)
        let started = ContinuousClock.now
        var lastReport = started
        for offset in 0..<runs {
            note.begin(seed: seed &+ offset)
            if let finding = fuzzer.run(seed: seed &+ offset) { try report(finding, fuzzer, note) }
            if ContinuousClock.now - lastReport > .seconds(30) {
                lastReport = .now
                say("\(offset + 1) of \(runs) programs")
            }
        }
        say(summary(fuzzer.summary, ContinuousClock.now - started))
    }

    private func report(_ finding: FuzzFinding, _ fuzzer: Fuzzer, _ note: FuzzProgress) throws {
        say("DIFFERENCE in the run of seed \(finding.seed)")
        say(finding.difference)
        say("repeat it with: lazypages fuzz --seed \(finding.seed) --runs 1")
        say("looking for a smaller case")
        if let test = fuzzer.test(for: finding) {
            FileHandle.standardOutput.write(Data("\n\(test)\n".utf8))
        } else {
            say("the difference did not come again")
        }
        throw ExitCode(Failure.Status.programEndedOtherwise.rawValue)
    }

    private func summary(_ summary: FuzzSummary, _ duration: Duration) -> String {
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        return """
            no difference
            programs: \(summary.programs) (\(summary.skipped) skipped as too long)
            ends: \(list(summary.ends))
            executions: \(summary.executions), of them \(summary.limitedExecutions) with a gas limit at a charge, \(summary.inconclusive) \
            inconclusive
            memory accesses: \(summary.memoryAccesses), faults: \(summary.faults)
            several outcomes allowed: \(summary.ambiguous) executions; another than the usual one: \
            \(list(summary.unusual)); undecided: \(summary.undecided)
            seconds: \(String(format: "%.1f", seconds)), programs a second: \
            \(String(format: "%.0f", Double(summary.programs) / seconds))
            """
    }

    private func list(_ counts: [String: Int]) -> String {
        let items = counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map { "\($0.key) \($0.value)" }
        return items.isEmpty ? "none" : items.joined(separator: ", ")
    }

    private var compilers: [ProgramCompiler] { compiler.map { [$0] } ?? ProgramCompiler.allCases }

    private func say(_ text: String) {
        FileHandle.standardOutput.write(
            Data("fuzz: \(text.split(separator: "\n").joined(separator: "\nfuzz: "))\n".utf8))
    }
}

extension ProgramCompiler: ExpressibleByArgument {}
