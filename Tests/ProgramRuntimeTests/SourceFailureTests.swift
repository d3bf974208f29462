import Glibc
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

    @Test func aProgramCannotLoopOnWithWrongDataAfterAFailureInABulkInstruction() async {
        await #expect(processExitsWith: .success) {
            alarm(60)
            let harness = try Harness(
                """
                (module (memory (export "memory") 4)
                  (global (export "__gear_stack_end") i32 (i32.const 65536))
                  (func (export "handle")
                    (drop (i32.load (i32.const 81920)))
                    (memory.fill (i32.const 98304) (i32.const 7) (i32.const 8))
                    (loop $forever
                      (i32.store (i32.const 0) (i32.load (i32.const 81920)))
                      (br $forever))))
                """)
            harness.source.failing = [6]
            #expect(throws: ExecutionError.pageSource(.unavailable("gone"))) { try harness.run("handle") }
        }
    }

    @Test func aPageOfTheWrongSizeFailsTheExecution() throws {
        let harness = try Harness()
        harness.source.pages[9] = [1, 2, 3]
        #expect(throws: ExecutionError.wrongPageDataSize(page: 9, expected: 16_384, found: 3)) {
            try harness.run("read", 9)
        }
    }
}
