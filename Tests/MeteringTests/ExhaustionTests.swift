import Testing

@testable import Metering

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
        "endless loops and recursions end in both forms",
        arguments: [
            "(func (export \"run\") (loop (br 0)))",
            "(func $f (export \"run\") (call $f))",
            "(func $f (export \"run\") (return_call $f))",
            "(func $f (export \"run\") (loop (block (br 1))))",
            "(func $g) (func $f (export \"run\") (loop (call $g) (br 0)))",
            "(memory 1) (func $f (export \"run\") (loop (memory.fill (i32.const 0) (i32.const 0) (i32.const 9)) (br 0)))",
        ])
    func endless(function: String) throws {
        let program = Program(binary: try Wasmtime.assemble("(module \(function))"))
        #expect(try program.exact(limit: 5000) == Run(end: .exhausted, burned: 5000, left: 0))
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
        exact[.gas] = limit
        #expect(try exact.call(program.entry, program.arguments, results: program.results) == .trapped(9))
        #expect(exact[.exhausted] == 1 && exact[.gas] == 0)
        let fast = try Instance(fast)
        fast[.gas] = limit
        let outcome = try fast.call(program.entry, program.arguments, results: program.results)
        #expect(!outcome.isReturn || fast[.own] > limit)
        #expect(fast[.gas] == limit)
    }
}
