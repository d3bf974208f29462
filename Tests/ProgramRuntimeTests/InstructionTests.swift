import ProgramRuntime
import Testing

/// Whichever instruction it is whose page cannot be provided, it ends its program and nothing else.
@Suite struct InstructionTests {
    /// One access each, at the address `(A)`.
    private static let loads =
        [
            "i32.load8_s", "i32.load8_u", "i32.load16_s", "i32.load16_u", "i32.load", "i64.load8_s", "i64.load8_u",
            "i64.load16_s", "i64.load16_u", "i64.load32_s", "i64.load32_u", "i64.load", "f32.load", "f64.load",
        ].map { "(drop (\($0) (A)))" }
    private static let stores =
        ["i32.store8", "i32.store16", "i32.store"].map { "(\($0) (A) (i32.const 1))" }
        + ["i64.store8", "i64.store16", "i64.store32", "i64.store"].map { "(\($0) (A) (i64.const 1))" }
        + ["(f32.store (A) (f32.const 1))", "(f64.store (A) (f64.const 1))"]
    /// A compiler makes one instruction of these.
    private static let combined = [
        "(global.set $x (i32.add (global.get $x) (i32.load (A))))",
        "(i32.store (A) (i32.add (i32.load (A)) (i32.const 1)))",
        "(i64.store (A) (i64.xor (i64.load (A)) (i64.const 1)))",
        "(if (i32.eq (i32.load8_u (A)) (i32.const 3)) (then (global.set $x (i32.const 3))))",
        "(global.set $y (f64.add (global.get $y) (f64.load (A))))",
        "(global.set $y (f64.convert_i32_s (i32.load (A))))",
        "(global.set $x (i32.popcnt (i32.load (A))))",
    ]
    /// Short copies of constant length are compiled to instructions that are not expected to trap.
    private static let bulk = [1, 2, 3, 8, 16, 33, 128, 129].flatMap { size in
        [
            "(memory.copy (A) (i32.const 64) (i32.const \(size)))",
            "(memory.copy (i32.const 64) (A) (i32.const \(size)))",
            "(memory.fill (A) (i32.const 1) (i32.const \(size)))",
            "(memory.init $bytes (A) (i32.const 0) (i32.const \(min(size, 10))))",
        ]
    }
    private static let vectors =
        ["load", "load8x8_s", "load16x4_u", "load8_splat", "load64_splat", "load32_zero", "load64_zero"].map {
            "(drop (v128.\($0) (A)))"
        }
        + ["8", "16", "32", "64"].flatMap { width in
            [
                "(drop (v128.load\(width)_lane 1 (A) (v128.const i64x2 1 2)))",
                "(v128.store\(width)_lane 1 (A) (v128.const i64x2 1 2))",
            ]
        }
        + [
            "(v128.store (A) (i32x4.add (v128.load (A)) (v128.const i64x2 1 2)))",
            "(v128.store (i32.const 64) (i8x16.swizzle (v128.load (A)) (v128.const i64x2 1 2)))",
        ]

    /// All in page 8.
    private static let addresses = ["local.get 0", "i32.const 131072", "i32.add (local.get 0) (i32.const 24)"]

    private static func module(_ instructions: [String]) -> String {
        let functions = instructions.enumerated().flatMap { index, instruction in
            addresses.enumerated().map { place, address in
                "(func (export \"\(index) \(place)\") (param i32) \(instruction.replacing("(A)", with: "(\(address))")))"
            }
        }
        return """
            (module (memory (export "memory") 4)
              (global (export "gear_gas") (mut i64) (i64.const 0))
              (global (export "__gear_stack_end") i32 (i32.const 65536))
              (global $x (mut i32) (i32.const 0)) (global $y (mut f64) (f64.const 0))
              (data $bytes "0123456789")
              \(functions.joined(separator: "\n")))
            """
    }

    /// Vectors need an extension of the processor in Winch's code.
    @Test(arguments: [
        (ProgramCompiler.cranelift, loads + stores + combined + bulk + vectors),
        (.winch, loads + stores + combined + bulk),
    ])
    func gasThatRunsOutAndPagesThatFailEndTheProgramAtAnyInstruction(
        compiler: ProgramCompiler, instructions: [String]
    ) throws {
        let harness = try Harness(Self.module(instructions), compiler: compiler)
        for (index, instruction) in instructions.enumerated() {
            for place in Self.addresses.indices {
                let run = { (gasLimit: UInt64) in
                    try harness.run("\(index) \(place)", [.integer(131_072)], gasLimit: gasLimit)
                }
                #expect(try run(99).end == .gasLimitExceeded, "\(instruction)")
                harness.source.failing = [8]
                #expect(throws: ExecutionError.pageSource(.unavailable("gone")), "\(instruction)") { try run(10_000) }
                harness.source.failing = []
                #expect(try run(10_000).accessed == [8], "\(instruction)")
                harness.source.pages = [:]
            }
        }
    }
}
