import Metering
import Pages
import ProgramRuntime
import Testing

/// What a metered program accesses and writes must not depend on the compiler.
@Suite struct PageSetTests {
    /// Pages are 16 KiB: pages 1 and 3 begin at 16384 and 49152.
    @Test(
        arguments: [
            ("a store of what was loaded there", "(i32.store (local.get $a) (i32.load (local.get $a)))", [1], [1]),
            ("of 64 bits", "(i64.store offset=8 (local.get $a) (i64.load offset=8 (local.get $a)))", [1], [1]),
            ("of a floating-point number", "(f32.store (local.get $a) (f32.load (local.get $a)))", [1], [1]),
            ("of a double", "(f64.store (local.get $a) (f64.load (local.get $a)))", [1], [1]),
            ("of a vector", "(v128.store (local.get $a) (v128.load (local.get $a)))", [1], [1]),
            (
                "of a lane",
                """
                (v128.store8_lane 3 (local.get $a)
                  (v128.load8_lane 3 (local.get $a) (v128.const i32x4 0 0 0 0)))
                """, [1], [1]
            ),
            ("of a part", "(i32.store8 (local.get $a) (i32.load8_u (local.get $a)))", [1], [1]),
            (
                "after a store that another one takes back",
                """
                (local.set $v (i32.load (local.get $a)))
                (i32.store (local.get $a) (local.get $b))
                (i32.store (local.get $a) (local.get $v))
                """, [1], [1]
            ),
            (
                "around a branch with a call",
                """
                (local.set $v (i32.load (local.get $a)))
                (block (br_if 0 (local.get $b)) (call $nothing))
                (i32.store (local.get $a) (local.get $v))
                """, [1], [1]
            ),
            (
                "behind a call that is never reached",
                """
                (local.set $v (i32.load (local.get $a)))
                (block (br 0) (call $nothing))
                (i32.store (local.get $a) (local.get $v))
                """, [1], [1]
            ),
            (
                "in a branch, behind another one with a call",
                """
                (local.set $v (i32.load (local.get $a)))
                (if (i32.eqz (local.get $b)) (then (call $nothing)) (else (i32.store (local.get $a) (local.get $v))))
                """, [1], [1]
            ),
            (
                "a store of what was stored there, and then of what was loaded elsewhere",
                """
                (i32.store (local.get $b) (i32.const 7))
                (local.set $v (i32.load (local.get $a)))
                (i32.store (local.get $b) (i32.const 7))
                (i32.store (local.get $a) (local.get $v))
                """, [1, 3], [1, 3]
            ),
            (
                "a number added to in memory",
                "(i32.store (local.get $a) (i32.add (i32.load (local.get $a)) (i32.const 1)))", [1], [1]
            ),
            (
                "nothing added to in memory",
                "(i32.store (local.get $a) (i32.add (i32.load (local.get $a)) (i32.const 0)))", [1], [1]
            ),
            ("a load of no use", "(drop (i32.load (local.get $a)))", [1], []),
            ("a load for nothing", "(drop (i32.mul (i32.load (local.get $a)) (i32.const 0)))", [1], []),
            (
                "a load and a store behind one another",
                "(i32.store (local.get $b) (i32.load (local.get $a)))", [1, 3], [3]
            ),
            (
                "a store of what was loaded from a place apart, with what lies there known",
                """
                (local.set $v (i32.load offset=16384 (local.get $a)))
                (i32.store offset=16384 (local.get $a) (i32.load (local.get $a)))
                """, [1, 2], [2]
            ),
            (
                "a store of what was just copied from there",
                """
                (i32.store (local.get $a) (i32.load offset=16384 (local.get $a)))
                (i32.store offset=16384 (local.get $a) (i32.load (local.get $a)))
                """, [1, 2], [1, 2]
            ),
            (
                "a store of what was just copied from there, and looked at again",
                """
                (i32.store (local.get $a) (i32.load offset=16384 (local.get $a)))
                (local.set $v (i32.load offset=16384 (local.get $a)))
                (i32.store offset=16384 (local.get $a) (i32.load (local.get $a)))
                """, [1, 2], [1, 2]
            ),
            (
                "a store of what was copied from there, and is taken back",
                """
                (i32.store (local.get $a) (i32.const 7))
                (local.set $v (i32.load offset=16384 (local.get $a)))
                (i32.store (local.get $a) (i32.load offset=16384 (local.get $a)))
                (i32.store offset=16384 (local.get $a) (i32.load (local.get $a)))
                (i32.store (local.get $a) (i32.const 7))
                """, [1, 2], [1, 2]
            ),
            ("a store across two pages", "(i64.store (i32.const 49148) (i64.const 1))", [2, 3], [2, 3]),
            ("a load across two pages", "(drop (v128.load (i32.const 49148)))", [2, 3], []),
            (
                "a copy upwards that overlaps",
                "(memory.copy (i32.const 32760) (i32.const 16384) (i32.const 20000))", [1, 2, 3], [1, 2, 3]
            ),
            (
                "a copy downwards that overlaps",
                "(memory.copy (i32.const 16384) (i32.const 32760) (i32.const 20000))", [1, 2, 3], [1, 2]
            ),
            ("a short copy", "(memory.copy (local.get $b) (local.get $a) (i32.const 8))", [1, 3], [3]),
            ("a short copy to itself", "(memory.copy (local.get $a) (local.get $a) (i32.const 8))", [], []),
            ("a longer copy to itself", "(memory.copy (local.get $a) (local.get $a) (i32.const 300))", [], []),
            ("a long copy to itself", "(memory.copy (local.get $a) (local.get $a) (i32.const 20000))", [], []),
            ("a copy of all to itself", "(memory.copy (i32.const 0) (i32.const 0) (i32.const 65536))", [], []),
            ("a short fill", "(memory.fill (local.get $a) (i32.const 0) (i32.const 8))", [1], [1]),
        ] as [(String, String, [UInt32], [UInt32])])
    func everyCompilerTouchesTheSamePages(
        name: String, code: String, accessed: [UInt32], written: [UInt32]
    ) throws {
        for form in MeteringForm.allCases {
            for compiler in ProgramCompiler.allCases {
                let report = try Self.run(code, form, compiler)
                #expect(report.accessed == accessed && report.written == written, "\(form) \(compiler)")
            }
        }
    }

    @Test(arguments: [
        "(i32.store (local.get $a) (i32.add (i32.load (local.get $a)) (i32.const 1)))",
        "(memory.copy (i32.const 16384) (i32.const 32760) (i32.const 20000))",
        "(memory.copy (i32.const 32760) (i32.const 16384) (i32.const 20000))",
        "(drop (i32.load (local.get $b))) (i64.store (i32.const 49148) (i64.load (i32.const 49148)))",
    ])
    func everyCompilerChargesTheSameForPages(code: String) throws {
        let limit: UInt64 = 1_000_000
        let left = try ProgramCompiler.allCases.map { try Self.run(code, .fast, $0, limit: limit, .standard).gasLeft }
        #expect(left[0] == left[1])
        #expect(left[0].map { $0 < limit - 10_000 } == true)
    }

    @Test(
        arguments: [
            ("(i64.store (i32.const 65532) (i64.const 1))", [3]), ("(drop (i64.load (i32.const 65532)))", []),
        ] as [(String, [UInt32])])
    func anAccessAcrossTheEndOfMemoryTouchesTheLastPageAndTraps(code: String, written: [UInt32]) throws {
        for compiler in ProgramCompiler.allCases {
            let report = try Self.run(code, .fast, compiler)
            let isOutOfBounds = if case .memoryOutOfBounds = report.end { true } else { false }
            #expect(isOutOfBounds && report.accessed == [3] && report.written == written, "\(compiler)")
        }
    }

    private static func run(
        _ code: String, _ form: MeteringForm, _ compiler: ProgramCompiler, limit: UInt64 = 1_000_000,
        _ costs: PageCosts? = nil
    ) throws -> ExecutionReport {
        let text = """
            (module (memory (export "memory") 1)
              (func $nothing)
              (func (export "handle") (param $a i32) (param $b i32) (local $v i32) \(code)))
            """
        let harness = try Harness(text, compiler: compiler, metering: form)
        if let costs { harness.costs = costs }
        return try harness.run("handle", 16384, 49152, gasLimit: limit)
    }
}
