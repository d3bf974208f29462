import Testing

@testable import Metering

@Suite struct ControlFlowTests {
    @Test("made-up programs burn in both forms what an interpreter would count", arguments: 0..<8)
    func madeUp(seed: UInt64) throws {
        var successes = 0
        for number in 0..<40 {
            var generator = ControlFlowGenerator(seed: seed << 32 | UInt64(number))
            let text = generator.module()
            if try ControlFlowCheck(text).check() { successes += 1 }
        }
        #expect(successes > 10)
    }
}

/// A made-up program, metered in all ways.
struct ControlFlowCheck {
    private static let limit: UInt64 = 3000
    private let text: String
    private let exact: Compiled
    private let fast: Compiled
    private let counting: Compiled

    init(_ text: String) throws {
        self.text = text
        let binary = try Wasmtime.assemble(text)
        exact = try Compiled(metered(binary, .exact, .linear))
        fast = try Compiled(metered(binary, .fast, .linear))
        counting = try Compiled(MeteringTests.counting(binary, .linear))
    }

    /// - Returns: whether the program ended well.
    func check() throws -> Bool {
        let run = try runExact(limit: Self.limit)
        let others = [try runCounted(fast, limit: Self.limit), try runCounted(counting, limit: Self.limit)]
        guard case .ended(.returned) = run.end else {
            for other in others { #expect(other == nil || other?.end == .exhausted, "\(text)") }
            return false
        }
        for other in others { #expect(other == run, "\(text)") }
        let enough = Run(end: run.end, burned: run.burned, left: 0)
        #expect(try runExact(limit: run.burned) == enough, "\(text)")
        #expect(try runCounted(fast, limit: run.burned) == enough, "\(text)")
        let short = Run(end: .exhausted, burned: run.burned - 1, left: 0)
        #expect(try runExact(limit: run.burned - 1) == short, "\(text)")
        let late = try runCounted(fast, limit: run.burned - 1)
        #expect(late == nil || late == short, "\(text)")
        return true
    }

    private func runExact(limit: UInt64) throws -> Run {
        let instance = try Instance(exact)
        instance.limit = limit
        let outcome = try instance.call("run", results: 1)
        let end = instance[.exhausted] == 1 ? Run.End.exhausted : .ended(outcome)
        return Run(end: end, burned: instance.burned, left: instance[.gas])
    }

    private func runCounted(_ compiled: Compiled, limit: UInt64) throws -> Run? {
        let instance = try Instance(compiled)
        instance.limit = limit
        let outcome = try instance.call("run", results: 1)
        guard outcome.isReturn else { return nil }
        let burned = instance.burned
        guard burned <= limit else { return Run(end: .exhausted, burned: limit, left: 0) }
        return Run(end: .ended(outcome), burned: burned, left: limit - burned)
    }
}
