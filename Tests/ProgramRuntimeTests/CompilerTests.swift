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
}
