import LazyPages
import Pages
import ProgramRuntime
import Testing

@Suite struct SourceFailureTests {
    @Test func aStoreThatDoesNotAnswerEndsTheProgramAtTheInstruction() throws {
        let harness = try Harness()
        harness.source.failing = [10]
        #expect(throws: ExecutionError.pageSource(.unavailable("gone"))) { try harness.run("sweep", 8, 1000) }
        #expect(try harness.run("read", 9).end == .returned([.integer(0)]), "the next execution is sound")
    }

    @Test func aStoreThatFailsInsideABulkInstructionFailsTheExecution() throws {
        let harness = try Harness()
        harness.source.failing = [10]
        #expect(throws: ExecutionError.pageSource(.unavailable("gone"))) { try harness.run("fill", 8, 6) }
    }

    @Test func aPageOfTheWrongSizeFailsTheExecution() throws {
        let harness = try Harness()
        harness.source.pages[9] = [1, 2, 3]
        #expect(throws: ExecutionError.wrongPageDataSize(page: 9, expected: 16_384, found: 3)) {
            try harness.run("read", 9)
        }
    }
}
