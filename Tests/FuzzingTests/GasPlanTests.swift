import ProgramRuntime
import Testing

@testable import Fuzzing

/// What is paid when, computed by hand. Under unit weights each instruction costs 1, and so does each of the entry's two
/// locals; its result is one constant; a page's first read costs 100.
@Suite struct GasPlanTests {
    struct Case {
        let name: String
        let body: [Statement]
        var schedule = Schedule.unit
        /// Gas burned after each charge.
        let boundaries: [UInt64]
    }

    static let callee = Function(params: [], locals: [.i32, .i32, .i32], body: [], result: .i64(7), resultType: .i64)

    static let cases = [
        Case(name: "a plain block belongs to its surroundings", body: [.block(1, [load(0)])], boundaries: [7, 107]),
        Case(
            name: "what follows a branch within a block is paid behind it, what follows the block before it",
            body: [.block(1, [.branch(1, when: .i32(0)), load(0)]), load(1)], boundaries: [9, 12, 112]),
        Case(
            name: "what a branch further out skips is paid where it was not taken",
            body: [.block(1, [.block(2, [.branch(1, when: .i32(0))]), load(0)])], boundaries: [7, 10, 110]),
        Case(
            name: "the branch is taken", body: [.block(1, [.block(2, [.branch(1, when: .i32(1))]), load(0)])],
            boundaries: [7]),
        Case(
            name: "either side of a choice is paid where it begins",
            body: [.choose(1, .i32(1), [load(0)], else: [load(1), load(2)]), load(1)], boundaries: [8, 11, 111]),
        Case(
            name: "a loop is paid each time round", body: [.repeated(1, local: 2, count: 2, [])],
            boundaries: [6, 11, 16]),
        Case(
            name: "a loop that is left", body: [.block(1, [.endless(2, [.branch(1, when: .i32(1)), load(0)])])],
            boundaries: [5, 7]),
        Case(
            name: "a table of branches",
            body: [.block(1, [.block(2, [.branchTable(.i32(9), [2, 1])]), load(0)])], boundaries: [7]),
        Case(
            name: "a result that is not returned yet", body: [.leave(.i64(1), .branchWhen(.i32(0)))],
            boundaries: [5, 7]),
        Case(name: "a result that is returned", body: [.leave(.i64(1), .return), load(0)], boundaries: [4]),
        Case(
            name: "a result that a table returns", body: [.leave(.i64(1), .branchTable(.i32(5))), load(0)],
            boundaries: [5]),
        Case(name: "a call", body: [.drop(.call(0, []))], boundaries: [5, 9]),
        Case(
            name: "a call through the table", body: [.drop(.indirectCall(0, element: .i32(0), []))],
            boundaries: [6, 10]),
        Case(name: "behind unreachable nothing is paid", body: [.unreachable, load(0)], boundaries: [3]),
        Case(
            name: "filling costs by bytes", body: [.fill(.i32(0), value: .i32(0), size: .i32(87))],
            schedule: .standard, boundaries: [56, 66, 266]),
        Case(
            name: "growing costs by pages", body: [.drop(.memoryGrow(.i32(2)))], schedule: .standard,
            boundaries: [1004, 1204]),
    ]

    @Test(arguments: cases.indices)
    func aBlockOfInstructionsIsPaidBeforeItBegins(index: Int) throws {
        let expected = Self.cases[index]
        var fuzzCase = fuzzCase(expected.body, schedule: expected.schedule, functions: [Self.callee])
        let boundaries = try #require(fuzzCase.predicted()).boundaries
        #expect(boundaries == expected.boundaries, "\(expected.name)")
        for limit in Set(boundaries.flatMap { [$0, $0 - 1] }) {
            fuzzCase.scenario.gasLimit = limit
            let outcome = try #require(fuzzCase.predicted()).outcome
            for compiler in ProgramCompiler.allCases {
                let executed = try fuzzCase.executed(compiler)
                #expect(
                    executed.differences(from: outcome, isAdditive: false) == [],
                    "\(expected.name), \(compiler), limit \(limit)")
            }
        }
    }
}
