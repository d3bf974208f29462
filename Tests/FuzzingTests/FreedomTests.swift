import Metering
import ProgramRuntime
import Testing

@testable import Fuzzing

/// Where the specification allows several outcomes, the model knows each, and no others.
@Suite struct FreedomTests {
    /// Charges of every course.
    private func courses(_ fuzzCase: FuzzCase, mergeable: Set<Int> = []) throws -> Set<[UInt64]> {
        var found: Set<[UInt64]> = []
        var script: [Bool]? = []
        while let current = script {
            let model = fuzzCase.model(current, mergeable: mergeable)
            found.insert(try #require(model.run()).outcome.charges)
            script = model.choices.next()
        }
        return found
    }

    @Test func anAccessAcrossTheEndMayTouchThePageThatItBeginsIn() throws {
        #expect(
            try courses(fuzzCase([store(131_070, .i64, .i64(1))])) == [
                [0, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0],
            ])
        #expect(try courses(fuzzCase([store(131_072, .i64, .i64(1))])).count == 1, "it begins outside")
        #expect(try courses(fuzzCase([store(131_071), store(131_070, .i64, .i64(1))])).count == 1, "it is open")
    }

    @Test func aPageCopiedWithinMayBeReadOrWrittenFirst() throws {
        let copy = Statement.copy(.i32(16_000), from: .i32(16_010), size: .i32(100))
        #expect(try courses(fuzzCase([copy])) == [[1, 0, 1, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0]])
        #expect(try courses(fuzzCase([load(0), copy])) == [[1, 0, 1, 0, 0, 0, 0]])
    }

    /// What the system library does of such a copy differs between processors.
    @Test(arguments: [0, 1, 8, 500, 3000, 70_000] as [UInt32])
    func aCopyOfBytesOntoThemselvesTouchesNothing(size: UInt32) throws {
        for (place, end) in [(131_072 - size, End.returned(0)), (131_073 - size, .trapped("memory_out_of_bounds"))] {
            let fuzzCase = fuzzCase([.copy(.i32(place), from: .i32(place), size: .i32(size))])
            let expected = try #require(fuzzCase.predicted()).outcome
            #expect(expected.end == end)
            #expect(expected.accessed == [])
            for compiler in ProgramCompiler.allCases {
                let program = try CompilerUnderTest(compiler, source: StoredPages())
                    .compile(ModuleEncoder.encode(fuzzCase.program), .standard)
                for form in MeteringForm.allCases {
                    let run = try program.runLazily(form, fuzzCase.scenario, stored: [:])
                    #expect(run.outcome.end == end)
                    #expect(run.outcome.accessed == [])
                }
            }
        }
    }

    @Test(arguments: ProgramCompiler.allCases)
    func aCopyOntoItselfBeyondTheAddressSpaceTraps(compiler: ProgramCompiler) throws {
        let copy = Statement.copy(.i32(.max), from: .i32(.max), size: .i32(2))
        #expect(try fuzzCase([copy]).executed(compiler).end == .trapped("memory_out_of_bounds"))
    }

    @Test func aReadAndTheWriteOfTheSamePlaceMayBeOne() throws {
        let place = Address(base: .i32(0), offset: 4)
        let update = Statement.store(.i32, place, .binary(.i32Add, .load(.i32, place), .i32(1)))
        let mergeable = try #require(fuzzCase([update]).predicted()).mergeable
        #expect(mergeable == [1])
        #expect(
            try courses(fuzzCase([update]), mergeable: mergeable) == [[1, 0, 1, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0]])
        let apart = [Statement.set(2, .load(.i32, place)), pay(1), .store(.i32, place, .local(2))]
        #expect(fuzzCase(apart).predicted()?.mergeable == [])
    }

    @Test(arguments: ProgramCompiler.allCases)
    func aStoreOfWhatIsThereIsMade(compiler: ProgramCompiler) throws {
        for (load, store) in [(LoadOperator.i32, StoreOperator.i32), (.i64, .i64), (.f64, .f64)] {
            let place = Address(base: .i32(0), offset: 0)
            let redundant = fuzzCase([.store(store, place, .load(load, place))])
            #expect(try redundant.executed(compiler).written == [0])
        }
    }

    @Test func additiveCostsLeaveNothingOpenOfACopyAndAnUpdate() throws {
        let place = Address(base: .i32(40_000), offset: 4)
        let body: [Statement] = [
            .copy(.i32(16_000), from: .i32(16_010), size: .i32(100)),
            .store(.i32, place, .binary(.i32Add, .load(.i32, place), .i32(1))),
        ]
        var fuzzCase = fuzzCase(body)
        fuzzCase.scenario.costs = [100, 400, 300, 10, 30, 20, 1000]
        #expect(fuzzCase.scenario.isAdditive)
        let mergeable = try #require(fuzzCase.predicted()).mergeable
        #expect(try courses(fuzzCase, mergeable: mergeable).count == 1)
        let expected = try #require(fuzzCase.predicted()).outcome
        for compiler in ProgramCompiler.allCases {
            let outcome = try fuzzCase.executed(compiler)
            #expect(outcome.differences(from: expected, isAdditive: true) == [])
        }
    }

    @Test func choicesGoThroughAllCourses() {
        var script: [Bool]? = []
        var seen: Set<[Bool]> = []
        while let current = script {
            var choices = Choices(current, expected: [.edge])
            let taken = [choices.takesOther(.edge), choices.takesOther(.copyOrder), choices.takesOther(.edge)]
            #expect(seen.insert(taken).inserted)
            script = choices.next()
        }
        #expect(seen.count == 8)
    }
}
