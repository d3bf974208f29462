import ProgramRuntime

/// A case in a form that a test can state: the module as text, and what is visible of its execution as text.
struct Reproduction {
    var module: String
    var scenario: Scenario

    /// Executes as a job.
    func outcome(_ compiler: ProgramCompiler) throws -> String {
        let source = StoredPages()
        source.pages = scenario.stored.mapValues(\.bytes)
        let program = try CompilerUnderTest(compiler, source: source).compile(text: module, scenario.schedule)
        return try program.runAsJob(scenario, stored: source.pages).text(isAdditive: scenario.isAdditive)
    }
}

extension Outcome {
    /// All that has a meaning.
    func text(isAdditive: Bool) -> String {
        if ranOutInPageCharge { return "\(end) in a page charge, gas left \(gasLeft)" }
        let charged = isAdditive ? "accesses charged \(accessesCharged)" : "charges \(charges)"
        let digest = memory.map { ", memory digest \(Self.digest($0))" } ?? ""
        let seen = gasSeen.count > 8 ? "\(gasSeen.count) times, digest \(Self.digest(gasSeen))" : "\(gasSeen)"
        return """
            \(end), gas left \(gasLeft), seen by the host \(seen), \(charged)
            accessed \(accessed), written \(written), loaded \(loaded), \
            memory size \(memorySize)\(digest)
            """
    }

    /// FNV-1a.
    private static func digest<Number: UnsignedInteger>(_ numbers: [Number]) -> String {
        let digest = numbers.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return String(digest, radix: 16)
    }
}
