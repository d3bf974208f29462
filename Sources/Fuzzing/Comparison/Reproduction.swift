import ProgramRuntime

/// A case in a form that a test can state: the module as text, and what is visible of its execution as text.
struct Reproduction {
    var module: String
    var scenario: Scenario

    /// Executes lazily.
    func outcome(_ compiler: ProgramCompiler) throws -> String {
        let source = StoredPages()
        source.pages = scenario.stored.mapValues(\.bytes)
        return try CompilerUnderTest(compiler, source: source).compile(text: module).runLazily(
            scenario, stored: source.pages
        ).text
    }
}

extension Outcome {
    /// All that has a meaning.
    var text: String {
        let gas = gasLeft.map { "gas left \($0)" } ?? "not metered"
        if ranOutInPageCharge { return "\(end) in a page charge, \(gas)" }
        let digest = memory.map { ", memory digest \(String(Self.digest($0), radix: 16))" } ?? ""
        return """
            \(end), \(gas), charges \(charges)
            accessed \(accessed), written \(written), loaded \(loaded), \
            memory size \(memorySize)\(digest)
            """
    }

    /// FNV-1a.
    private static func digest(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
