import Testing

@testable import Metering

@Suite struct MutationTests {
    @Test("damaged modules are refused, or stay as valid or invalid as they were", arguments: 0..<4)
    func mutations(seed: UInt64) throws {
        let corpus = try Programs.all.map { try Wasmtime.assemble($0.text) }
        var mutator = ModuleMutator(corpus, seed: seed)
        var counts = MutationCounts()
        for _ in 0..<3000 { counts.check(mutator.next()) }
        #expect(counts.failures == [])
        #expect(counts.valid > 100 && counts.refused > 1000 && counts.invalid > 50)
    }
}
