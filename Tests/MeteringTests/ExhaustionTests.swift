import Testing

@testable import Metering

private let countdown = "(local.set 0 (i32.sub (local.get 0) (i32.const 1)))"

@Suite struct ExhaustionTests {
    @Test(
        "whatever the limit short of what is needed, gas is exhausted and none is left",
        arguments: Programs.all.map(\.name))
    func everyLimit(name: String) throws {
        let text = try #require(Programs.all.first { $0.name == name })
        let program = Program(
            binary: try Wasmtime.assemble(text.text), arguments: [.i32(3)], results: text.results)
        let needed = try program.exact(limit: 1_000_000, weights: .linear)
        try #require(needed.burned < 3000)
        let exhausted = try ExhaustedRuns(program)
        for limit in 0..<needed.burned {
            try exhausted.check(limit: limit)
        }
        for run in [
            try program.exact(limit: needed.burned, weights: .linear),
            try program.fast(limit: needed.burned, weights: .linear),
        ] {
            #expect(run == Run(end: needed.end, burned: needed.burned, left: 0))
        }
    }

    @Test("a program's own trap is no exhaustion, however much gas is left")
    func ownTrap() throws {
        let program = Program(
            binary: try Wasmtime.assemble("(module (func (export \"run\") nop unreachable))"))
        let trap = Outcome.trapped(9)
        #expect(try program.unmetered() == trap)
        #expect(try program.exact(limit: 2, weights: .unit) == Run(end: .ended(trap), burned: 2, left: 0))
        #expect(try program.exact(limit: 50, weights: .unit) == Run(end: .ended(trap), burned: 2, left: 48))
        #expect(try program.exact(limit: 1, weights: .unit) == Run(end: .exhausted, burned: 1, left: 0))
        #expect(try program.fast(limit: 50, weights: .unit) == nil)
    }

    @Test(
        "where execution goes round, both forms end it long before it ends by itself",
        arguments: [
            "(func (export \"run\") (param i32) (loop \(countdown) (br_if 0 (local.get 0))))",
            "(func (export \"run\") (param i32) (loop (block \(countdown) (br_if 1 (local.get 0)))))",
            "(func $f (export \"run\") (param i32) (if (local.get 0) (then \(countdown) (return_call $f (local.get 0)))))",
            "(func $g) (func (export \"run\") (param i32) (loop (call $g) \(countdown) (br_if 0 (local.get 0))))",
            """
            (memory 1) (func (export "run") (param i32)
              (loop (memory.fill (i32.const 0) (i32.const 0) (i32.const 9)) \(countdown) (br_if 0 (local.get 0))))
            """,
        ])
    func round(functions: String) throws {
        let program = Program(
            binary: try Wasmtime.assemble("(module \(functions))"), arguments: [.i32(5_000_000)])
        #expect(try program.unmetered() == .returned([]))
        #expect(try program.exact(limit: 5000) == Run(end: .exhausted, burned: 5000, left: 0))
        // At its end it would have burned more than the limit, which is no trap.
        #expect(try program.fast(limit: 5000) == nil)
    }

    @Test("a recursion without end is exhausted, where the stack suffices")
    func recursion() throws {
        let program = Program(binary: try Wasmtime.assemble("(module (func $f (export \"run\") (call $f)))"))
        #expect(try program.exact(limit: 5000) == Run(end: .exhausted, burned: 5000, left: 0))
        #expect(try program.fast(limit: 5000) == nil)
    }

    @Test("a recursion that would end is exhausted long before")
    func longRecursion() throws {
        let program = Program(
            binary: try Wasmtime.assemble(Programs.fibonacci), arguments: [.i32(25)], results: 1)
        #expect(try program.exact(limit: 5000) == Run(end: .exhausted, burned: 5000, left: 0))
        // At its end it would have burned more than the limit, which is no trap.
        #expect(try program.fast(limit: 5000) == nil)
    }

    @Test("a number that no limit covers ends the program before it is used")
    func hugeNumber() throws {
        let program = Program(
            binary: try Wasmtime.assemble(
                "(module (memory 1) (func (export \"run\") (drop (memory.grow (i32.const -1)))))"))
        let limit: UInt64 = 1 << 32
        #expect(try program.exact(limit: limit) == Run(end: .exhausted, burned: limit, left: 0))
        #expect(try program.fast(limit: limit) == nil)
        #expect(try program.exact(limit: 1 << 62).end == .ended(.returned([])))
        #expect(try program.fast(limit: 1 << 62) == program.exact(limit: 1 << 62))
    }

    @Test("a copy onto itself traps where it goes beyond the memory, and only there")
    func copyOntoItself() throws {
        for (offset, size) in [(65536, 0), (65535, 1), (65536, 1), (65537, 0), (1, 65535), (1, 65536), (-1, -1)] {
            let binary = try Wasmtime.assemble(
                """
                (module (memory 1) (func (export "run")
                  (memory.copy (i32.const \(offset)) (i32.const \(offset)) (i32.const \(size)))))
                """)
            let program = Program(binary: binary)
            let outcome = try program.unmetered()
            let limit: UInt64 = 1 << 40
            #expect(try program.exact(limit: limit).end == .ended(outcome))
            #expect(try program.fast(limit: limit).map(\.end) == (outcome.isReturn ? .ended(outcome) : nil))
        }
    }

    @Test("the largest limit is served by the exact form")
    func largestLimit() throws {
        let program = Program(binary: try Wasmtime.assemble("(module (func (export \"run\") nop nop))"))
        #expect(try program.exact(limit: .max, weights: .unit).left == .max - 2)
    }
}

/// Runs a program metered once, with many limits that do not suffice.
private struct ExhaustedRuns {
    let program: Program
    let exact: Compiled
    let fast: Compiled

    init(_ program: Program) throws {
        self.program = program
        exact = try Compiled(metered(program.binary, .exact, .linear))
        fast = try Compiled(metered(program.binary, .fast, .linear))
    }

    func check(limit: UInt64) throws {
        let exact = try Instance(exact)
        exact.limit = limit
        #expect(try exact.call(program.entry, program.arguments, results: program.results) == .trapped(9))
        #expect(exact[.exhausted] == 1 && exact[.gas] == 0)
        let fast = try Instance(fast)
        fast.limit = limit
        let outcome = try fast.call(program.entry, program.arguments, results: program.results)
        #expect(!outcome.isReturn || fast.burned > limit)
    }
}
