/// Writes a case as a test that fails until its difference is gone.
enum TestPrinter {
    /// - Parameter allowed: the outcomes that the model allows, as text.
    static func test(_ fuzzCase: FuzzCase, seed: UInt64, difference: Difference, allowed: [String]) -> String {
        let scenario = fuzzCase.scenario
        let details = difference.description.split(separator: "\n").map { "/// \($0)" }.joined(separator: "\n")
        let module = indented(TextFormat.write(fuzzCase.program), by: 12)
        let stored = scenario.stored.sorted { $0.key < $1.key }.map { "\($0.key): \(literal($0.value))" }
        let outcomes = allowed.map { "\"\"\"\n\(indented($0, by: 12))\n            \"\"\"" }.joined(
            separator: ",\n            ")
        return """
            /// Found by lazypages fuzz --seed \(seed) --runs 1
            \(details)
            @Test(arguments: [ProgramCompiler.cranelift, .winch])
            func fuzzSeed\(seed)(compiler: ProgramCompiler) throws {
                let reproduction = Reproduction(
                    module: \"\"\"
            \(module)
                        \"\"\",
                    scenario: Scenario(
                        memorySize: \(scenario.memorySize), memoryMaximum: \(scenario.memoryMaximum), \
            stackEnd: \(scenario.stackEnd),
                        stored: [\(stored.isEmpty ? ":" : stored.joined(separator: ", "))],
                        costs: \(scenario.costs),
                        gasLimit: \(scenario.gasLimit), firstArgument: \(scenario.firstArgument), \
            secondArgument: \(scenario.secondArgument),
                        schedule: .\(scenario.schedule)))
                let allowed = [
                        \(outcomes)
                ]
                let outcome = try reproduction.outcome(compiler)
                #expect(allowed.contains(outcome), "\\(outcome)")
            }
            """
    }

    private static func indented(_ text: String, by count: Int) -> String {
        let indent = String(repeating: " ", count: count)
        return text.replacing("\\", with: "\\\\").split(separator: "\n").map { indent + $0 }.joined(separator: "\n")
    }

    private static func literal(_ page: StoredPage) -> String {
        switch page {
        case .filled(let byte): ".filled(\(byte))"
        case .random(let seed): ".random(\(seed))"
        }
    }
}
