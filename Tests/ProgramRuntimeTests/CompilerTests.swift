import Glibc
import ProgramRuntime
import Testing

@Suite struct CompilerTests {
    @Test(arguments: ProgramCompiler.allCases)
    func bothCompilersRunProgramsLazilyAtTheSameGas(compiler: ProgramCompiler) throws {
        let harness = try Harness(compiler: compiler)
        try harness.run("write", 9, 5)
        let report = try harness.run("sweep", 8, 4)
        #expect(report.written == [8, 9, 10, 11])
        #expect(report.counters.pagesLoaded == 1)
        #expect(report.gasLeft == 1_000_000 - 10 - 4 * (1 + 100 + 300) - 1000)
        #expect(try harness.run("sweep", 8, 6, gasLimit: 10 + 401 + 100).end == .gasLimitExceeded)
        #expect(try harness.run("fill", 8, 3, gasLimit: 300).end == .gasLimitExceeded)
    }

    @Test func bothCompilersServeInOneProcess() throws {
        let harnesses = try ProgramCompiler.allCases.map { try Harness(compiler: $0) }
        for _ in 0..<3 {
            for harness in harnesses { #expect(try harness.run("read", 5).end == .returned([.integer(0x69)])) }
        }
    }

    /// An instruction that makes a NaN must make the same one wherever the job runs.
    @Test(arguments: ProgramCompiler.allCases)
    func aNumberThatIsNoneHasItsCanonicalBits(compiler: ProgramCompiler) throws {
        let harness = try Harness(
            """
            (module (memory (export "memory") 1)
              (func (export "handle") (param f32 f32) (result i32)
                (i32.reinterpret_f32 (f32.div (local.get 0) (local.get 1)))))
            """, compiler: compiler)
        #expect(try harness.run("handle", 0, 0).end == .returned([.integer(0x7FC0_0000)]))
    }

    /// A compiler may make a short copy of instructions that it does not know as ones that can trap: the runtime cannot
    /// end the program there.
    @Test(arguments: ProgramCompiler.allCases)
    func aShortCopyThatCannotGoOnEndsTheProgramAndNotTheProcess(compiler: ProgramCompiler) async {
        await #expect(processExitsWith: .success) { [name = compiler.rawValue as String] in
            alarm(60)
            let harness = try Harness(
                """
                (module (memory (export "memory") 1)
                  (global $gas (export "gear_gas") (mut i64) (i64.const 0))
                  (func (export "copy") (param i32)
                    (memory.copy (i32.const 16380) (i32.const 49148) (i32.const 8))
                    (drop (i32.load (local.get 0)))
                    (global.set $gas (i64.const 7))))
                """, compiler: try #require(ProgramCompiler(rawValue: name)))
            for limit in [0, 99, 100, 250, 599] as [UInt64] {
                let report = try harness.run("copy", 0, gasLimit: limit)
                #expect(report.end == .gasLimitExceeded)
                #expect(report.gasLeft == 0)
            }
            #expect(try harness.run("copy", 0, gasLimit: 600).gasLeft == 7, "the program does what it says")
            harness.source.failing = [3]
            #expect(throws: ExecutionError.pageSource(.unavailable("gone"))) { try harness.run("copy", 0) }
        }
    }
}
