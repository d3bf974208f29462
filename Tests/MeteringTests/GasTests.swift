import Testing

@testable import Metering

@Suite struct GasTests {
    private func program(_ text: String, _ argument: Int32? = nil, results: Int = 0) throws -> Program {
        Program(
            binary: try Wasmtime.assemble(text), arguments: argument.map { [.i32($0)] } ?? [], results: results)
    }

    @Test(
        "a metered program returns what it did, and both forms burn what an interpreter would count",
        arguments: Programs.all.map(\.name), [Weights.unit, .standard, .linear])
    func agreement(name: String, weights: Weights) throws {
        let text = try #require(Programs.all.first { $0.name == name })
        for wasmtime in [Wasmtime.cranelift, .winch] where wasmtime === Wasmtime.cranelift || Winch.compiles(name) {
            for argument in [Int32(1), 3, 12] {
                let program = try program(text.text, argument, results: text.results)
                let outcome = try program.unmetered(on: wasmtime)
                try #require(outcome.isReturn)
                let limit: UInt64 = 1_000_000
                let exact = try program.exact(limit: limit, weights: weights, on: wasmtime)
                #expect(exact.end == .ended(outcome))
                #expect(exact.burned > 0)
                #expect(try program.fast(limit: limit, weights: weights, on: wasmtime) == exact)
                #expect(try program.instructions(limit: limit, weights: weights, on: wasmtime) == exact)
            }
        }
    }

    @Test("gas by hand: a recursion")
    func recursion() throws {
        // f(n < 2) is 5 instructions; f(n) is 4 and 9 more, and its two calls.
        func expected(_ n: Int) -> UInt64 { n < 2 ? 5 : 13 + expected(n - 1) + expected(n - 2) }
        for n in [0, 1, 2, 5, 9] {
            let run = try program(Programs.fibonacci, Int32(n), results: 1).exact(limit: 10_000, weights: .unit)
            #expect(run.burned == expected(n))
        }
    }

    @Test("gas by hand: a loop")
    func loop() throws {
        let text = """
            (module (func (export "run") (param i32)
              (loop (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if 0 (local.get 0)))))
            """
        for n in [UInt64(1), 2, 10] {
            let run = try program(text, Int32(n)).exact(limit: 1000, weights: .unit)
            // The loop instruction once, six instructions a round.
            #expect(run.burned == 1 + 6 * n)
        }
    }

    @Test("gas by hand: each weight of a line, and each number's cost")
    func weights() throws {
        let text = """
            (module (memory 1 10)
              (func (export "run") (result i32)
                (local i64)
                (memory.fill (i32.const 0) (i32.const 1) (i32.const 800))
                (drop (memory.grow (i32.const 3)))
                (i32.div_u (i32.load (i32.const 16)) (i32.const 3))))
            """
        let run = try program(text, results: 1).exact(limit: 100_000)
        let weights = Weights.standard
        let fixed: [WeightClass] = [
            .constant, .constant, .constant, .memoryFill, .constant, .memoryGrow, .constant, .load, .constant,
            .division,
        ]
        #expect(weights.linear(.memoryFill) == LinearCost(cost: 1, perPowerOfTwo: 3))
        #expect(weights.linear(.memoryGrow) == LinearCost(cost: 100, perPowerOfTwo: 0))
        let linear: UInt64 = 800 / 8 + 3 * 100
        #expect(run.burned == UInt64(weights.local) + fixed.reduce(0) { $0 + UInt64(weights[$1]) } + linear)
    }

    @Test("a host function sees the exact amount, in both forms")
    func hostFunction() throws {
        let text = """
            (module (import "env" "host" (func $host))
              (func $callee (param i32) (local i32)
                (if (local.get 0) (then (call $host) (return)))
                (call $host) (nop))
              (func (export "run")
                (call $callee (i32.const 1)) (call $host) (call $callee (i32.const 0)) (nop) (call $host)))
            """
        let binary = try Wasmtime.assemble(text)
        var seen: [MeteringForm: [UInt64]] = [:]
        for form in MeteringForm.allCases {
            let instance = try Instance(Compiled(metered(binary, form, .unit))) { instance in
                seen[form, default: []].append(instance.burned)
                // What a host function charges itself; in the fast form it keeps that elsewhere.
                if form == .exact { instance[.gas] -= 1000 }
            }
            instance.limit = 10_000
            #expect(try instance.call("run") == .returned([]))
            #expect(instance.burned == 7 + 5 + 5 + (form == .exact ? 4000 : 0))
        }
        // The entry's seven instructions are one block; the other function is three, and two more either way: 12, then 17.
        #expect(seen[.fast] == [12, 12, 17, 17])
        #expect(seen[.exact] == [12, 1012, 2017, 3017])
    }
}

/// Winch does not compile tail calls or every vector instruction.
enum Winch {
    static func compiles(_ name: String) -> Bool { !["tail calls", "vectors"].contains(name) }
}

extension Weights: CustomTestStringConvertible {
    public var testDescription: String { "weights \(version)" }

    /// As `unit`, and one for each page, byte and element.
    static let linear = Weights(version: -1, local: 1) {
        $0 == .marker ? 0 : 1
    } linear: { weight in
        switch weight {
        case .memoryGrow, .memoryFill, .memoryCopy, .memoryInit, .tableGrow, .tableFill, .tableCopy, .tableInit:
            LinearCost(cost: 1, perPowerOfTwo: 0)
        default: nil
        }
    }
}
