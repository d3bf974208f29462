import Testing

@testable import Fuzzing

@Suite struct GeneratorTests {
    private func text(_ seed: UInt64) -> String {
        let fuzzCase = CaseGenerator.generate(seed: seed)
        return "\(TextFormat.write(fuzzCase.program))\n\(fuzzCase.scenario.stored.sorted { $0.key < $1.key })"
            + "\(fuzzCase.scenario.costs) \(fuzzCase.scenario.gasLimit) \(fuzzCase.scenario.stackEnd)"
    }

    @Test func aSeedMakesTheSameCaseAgainAndAnotherMakesAnother() {
        for seed in 0..<20 as Range<UInt64> {
            #expect(text(seed) == text(seed))
            #expect(text(seed) != text(seed + 1))
        }
    }

    @Test func everyKindOfInstructionIsGenerated() {
        let all = (0..<600).map { text($0) }.joined()
        let names =
            LoadOperator.allCases.map(\.rawValue) + StoreOperator.allCases.map(\.rawValue)
            + UnaryOperator.allCases.map(\.rawValue) + BinaryOperator.allCases.map(\.rawValue)
            + HostOperation.allCases.map { "call $\($0.rawValue)" }
            + [
                "memory.fill", "memory.copy", "memory.init", "data.drop", "memory.grow", "memory.size", "unreachable",
                "(if $", "(loop $", "(block $", "(br $", "(br_if $",
                "(br_table $", "(br 0 ", "(br_table 0 0 ", "(drop (br_if 0 ", "(return ", "call $f0", "(call_indirect ",
                "(import \"env\" \"memory\"",
            ]
        for name in names { #expect(all.contains(name), "no program has \(name)") }
    }

    @Test func casesAreSoundAndTheirStoresAndCostsVary() {
        let cases = (0..<400).map { CaseGenerator.generate(seed: $0) }
        #expect(cases.allSatisfy { $0.isSound })
        #expect(cases.contains { $0.scenario.costs.contains(0) })
        #expect(cases.contains { $0.scenario.stackEnd > 0 })
        #expect(cases.contains { $0.scenario.memorySize > $0.program.memoryMinimum })
        #expect(cases.contains { $0.scenario.stored.values.contains(.filled(0)) })
        #expect(
            cases.contains { fuzzCase in
                fuzzCase.scenario.stored.keys.contains { $0 >= fuzzCase.scenario.memorySize * 4 }
            })
        #expect(cases.contains { $0.scenario.isAdditive } && cases.contains { !$0.scenario.isAdditive })
        #expect(cases.contains { $0.scenario.schedule == .unit })
    }
}
