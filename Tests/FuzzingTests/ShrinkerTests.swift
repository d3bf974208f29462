import Testing

@testable import Fuzzing

@Suite struct ShrinkerTests {
    /// Statements, those in loops and choices included.
    private func count(_ statements: [Statement]) -> Int {
        statements.reduce(0) { total, statement in
            total + 1 + statement.lists.map(count).reduce(0, +)
        }
    }

    private func fills(_ fuzzCase: FuzzCase) -> Bool {
        TextFormat.write(fuzzCase.program).contains("memory.fill")
    }

    @Test func onlyWhatTheFailureNeedsIsLeft() throws {
        var original = CaseGenerator.generate(seed: 0)
        for seed in 1... as PartialRangeFrom<UInt64> {
            original = CaseGenerator.generate(seed: seed)
            if fills(original), original.program.functions.count > 2, original.scenario.stored.count > 3 { break }
        }
        var shrinker = Shrinker { fills($0) }
        let smallest = shrinker.shrink(original)
        #expect(fills(smallest))
        #expect(smallest.program.functions.map { count($0.body) }.reduce(0, +) == 1)
        #expect(smallest.scenario.stored.isEmpty)
        #expect(smallest.program.functions.count <= 2)
        #expect(TextFormat.write(smallest.program).contains("(memory.fill (i32.const 0) (i32.const 0) (i32.const 0))"))
    }

    @Test func whatDoesNotFailStaysAsItIs() {
        let original = CaseGenerator.generate(seed: 3)
        var shrinker = Shrinker { _ in false }
        #expect(TextFormat.write(shrinker.shrink(original).program) == TextFormat.write(original.program))
        #expect(shrinker.attempts > 0)
    }

    /// A smaller program is still one that validates.
    @Test func everyStepIsAValidProgram() throws {
        let compiler = try CompilerUnderTest(.winch, source: StoredPages())
        var random = RandomSource(seed: 1)
        var failures: [String] = []
        var shrinker = Shrinker { candidate in
            guard candidate.isSound else { return false }
            do { _ = try compiler.compile(ModuleEncoder.encode(candidate.program), .standard) } catch {
                failures.append("\(error)")
            }
            return random.chance(30)
        }
        _ = shrinker.shrink(CaseGenerator.generate(seed: 14))
        #expect(failures == [])
    }
}
