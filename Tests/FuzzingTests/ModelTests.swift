import ProgramRuntime
import Testing

@testable import Fuzzing

/// Small cases computed by hand. Costs: 100 read, 200 write, 300 write after read; host 10, 20, 30; load 1000.
@Suite struct ModelTests {
    struct Expected {
        /// By page charges.
        var burned: UInt64
        var charges: [UInt64]
        var accessed: [UInt32]
        var written: [UInt32]
        var loaded: UInt64 = 0
    }

    static let cases: [(name: String, fuzzCase: FuzzCase, expected: Expected)] = [
        (
            "a read and one more of the same page", fuzzCase([load(0), load(16_383)]),
            Expected(burned: 100, charges: [1, 0, 0, 0, 0, 0, 0], accessed: [0], written: [])
        ),
        (
            "a write after a read, and a write", fuzzCase([load(0), store(1), store(2), store(16_384)]),
            Expected(burned: 600, charges: [1, 1, 1, 0, 0, 0, 0], accessed: [0, 1], written: [0, 1])
        ),
        (
            "a stored page is loaded once", fuzzCase([load(16_384), store(16_384)], stored: [1: .filled(9)]),
            Expected(burned: 1400, charges: [1, 0, 1, 0, 0, 0, 1], accessed: [1], written: [1], loaded: 1)
        ),
        (
            "pages below the stack end are free and not loaded",
            fuzzCase([store(0), load(65_535), store(65_536)], stackEnd: 1, stored: [3: .filled(1)]),
            Expected(burned: 200, charges: [0, 1, 0, 0, 0, 0, 0], accessed: [4], written: [4])
        ),
        (
            "an access of two pages touches both", fuzzCase([load(16_381, .i32), store(32_767, .i32To16)]),
            Expected(burned: 200 + 300 + 200, charges: [2, 1, 1, 0, 0, 0, 0], accessed: [0, 1, 2], written: [1, 2])
        ),
        (
            "bulk instructions touch each page they reach, and none for no bytes",
            fuzzCase([
                .fill(.i32(16_383), value: .i32(1), size: .i32(16_386)),
                .fill(.i32(100_000), value: .i32(1), size: .i32(0)),
                .copy(.i32(65_536), from: .i32(16_383), size: .i32(2)),
            ]),
            Expected(
                burned: 4 * 200, charges: [0, 4, 0, 0, 0, 0, 0], accessed: [0, 1, 2, 4], written: [0, 1, 2, 4])
        ),
        (
            "a host function reads first, and no bytes count as one",
            fuzzCase(
                [
                    .drop(.host(.copy, [.i32(0), .i32(16_384), .i32(1)])), .drop(.host(.sum, [.i32(32_768), .i32(0)])),
                    .drop(.host(.fill, [.i32(16_384), .i32(1), .i32(1)])),
                ], stored: [0: .filled(1)]),
            Expected(
                burned: 10 + 20 + 1000 + 10 + 30, charges: [0, 0, 0, 2, 1, 1, 1], accessed: [0, 1, 2],
                written: [0, 1], loaded: 1)
        ),
        (
            "grown memory is touched as any other",
            fuzzCase([.drop(.memoryGrow(.i32(1))), store(131_072)], stored: [8: .filled(1)]),
            Expected(burned: 1200, charges: [0, 1, 0, 0, 0, 0, 1], accessed: [8], written: [8], loaded: 1)
        ),
        (
            "what a host function charges is no page charge", fuzzCase([pay(42)]),
            Expected(burned: 0, charges: [0, 0, 0, 0, 0, 0, 0], accessed: [], written: [])
        ),
    ]

    @Test(arguments: cases.indices)
    func aSmallCaseIsPredictedAsComputedByHand(index: Int) throws {
        let (name, fuzzCase, expected) = Self.cases[index]
        let prediction = try #require(fuzzCase.predicted())
        let outcome = prediction.outcome
        #expect(outcome.end == .returned(0), "\(name)")
        #expect(outcome.gasLeft == 100_000 - expected.burned - prediction.ownBurn, "\(name)")
        #expect(outcome.charges == expected.charges, "\(name)")
        #expect(outcome.accessed == expected.accessed, "\(name)")
        #expect(outcome.written == expected.written, "\(name)")
        #expect(outcome.loaded == expected.loaded, "\(name)")
    }

    @Test(arguments: cases.indices, ProgramCompiler.allCases)
    func theEngineDoesTheSame(index: Int, compiler: ProgramCompiler) throws {
        let (name, fuzzCase, _) = Self.cases[index]
        let outcome = try #require(fuzzCase.predicted()).outcome
        #expect(try fuzzCase.executed(compiler).differences(from: outcome, isAdditive: false) == [], "\(name)")
    }

    @Test func theMemoryHasTheStoreTheSegmentsAndWhatWasWritten() throws {
        let fuzzCase = fuzzCase(
            [store(16_390)], stackEnd: 1, stored: [0: .filled(1), 5: .filled(5)],
            segments: [Segment(offset: 16_384, bytes: [9, 8])])
        let memory = try #require(fuzzCase.predicted()?.outcome.memory)
        #expect(memory.count == 131_072)
        #expect(memory[0] == 0, "stored pages of the stack are not loaded")
        #expect(Array(memory[16_384..<16_392]) == [9, 8, 0, 0, 0, 0, 7, 0])
        #expect(memory[81_919] == 0 && memory[81_920] == 5 && memory[98_303] == 5 && memory[98_304] == 0)
    }

    /// 19 for the instructions, then two page charges.
    @Test func gasEndsAtTheChargeThatItDoesNotCover() throws {
        let body = [load(0), store(0)]
        for (limit, end, isPageCharge) in [
            (419, End.returned(0), false), (418, .gasLimitExceeded, true), (119, .gasLimitExceeded, true),
            (118, .gasLimitExceeded, true), (18, .gasLimitExceeded, false), (0, .gasLimitExceeded, false),
        ] as [(UInt64, End, Bool)] {
            let outcome = try #require(fuzzCase(body, gasLimit: limit).predicted()).outcome
            #expect(outcome.end == end, "limit \(limit)")
            #expect(outcome.ranOutInPageCharge == isPageCharge, "limit \(limit)")
            #expect(outcome.gasLeft == 0, "limit \(limit)")
        }
        #expect(fuzzCase(body).predicted()?.boundaries == [19, 119, 419])
    }

    @Test func theProgramsOwnUnreachableWithAnEmptyCounterIsATrap() throws {
        for (limit, end) in [(2, End.trapped("unreachable")), (1, .gasLimitExceeded)] as [(UInt64, End)] {
            let fuzzCase = fuzzCase([.unreachable], gasLimit: limit)
            #expect(fuzzCase.predicted()?.outcome.end == end)
            for compiler in ProgramCompiler.allCases { #expect(try fuzzCase.executed(compiler).end == end) }
        }
    }

    @Test(arguments: HostOperation.ways.indices)
    func aHostFunctionMayEndTheProgram(index: Int) throws {
        let body = [store(0), .drop(.host(.end, [.i32(UInt32(index + 1))])), store(16_384)]
        let outcome = try #require(fuzzCase(body).predicted()).outcome
        #expect(outcome.end == .stopped(HostOperation.ways[index]))
        #expect(outcome.written == [0])
        #expect(outcome.memory?.count == (outcome.end.isGood ? 16_384 : nil))
        for compiler in ProgramCompiler.allCases {
            #expect(try fuzzCase(body).executed(compiler).differences(from: outcome, isAdditive: false) == [])
        }
    }

    @Test(arguments: [
        (Statement.drop(.binary(.i32DivU, .i32(1), .i32(0))), "integer_division_by_zero"),
        (.drop(.binary(.i32DivS, .i32(1 << 31), .i32(.max))), "integer_overflow"),
        (.drop(.unary(.i32TruncF64, .constant(.f64, Bits(low: 0x7FF8 << 48)))), "bad_conversion_to_integer"),
        (load(131_072), "memory_out_of_bounds"), (.unreachable, "unreachable"),
        (.fill(.i32(131_071), value: .i32(0), size: .i32(2)), "memory_out_of_bounds"),
        (.drop(.host(.sum, [.i32(131_072), .i32(0)])), "memory_out_of_bounds"),
    ])
    func eachTrapHasItsKind(statement: Statement, kind: String) throws {
        let prediction = try #require(fuzzCase([store(0), statement]).predicted())
        let outcome = prediction.outcome
        #expect(outcome.end == .trapped(kind))
        #expect(outcome.gasLeft == 99_800 - prediction.ownBurn)
        #expect(outcome.memory == nil)
        for compiler in ProgramCompiler.allCases {
            let executed = try fuzzCase([store(0), statement]).executed(compiler)
            #expect(executed.differences(from: outcome, isAdditive: false) == [])
        }
    }
}
