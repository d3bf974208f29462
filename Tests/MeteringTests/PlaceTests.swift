import Testing

@testable import Metering

@Suite struct PlaceTests {
    private static let text = """
        (module
          (import "env" "host" (func))
          (memory 1)
          (table 1 funcref)
          (func $callee (param i32) (local i64)
            (i32.store (i32.const 8) (i32.load (i32.const 8)))
            (loop (br_if 0 (i32.eqz (local.get 0))))
            (drop (i32.div_u (i32.const 1) (i32.sub (local.get 0) (i32.const 1))))
            (i32.store (i32.mul (i32.sub (local.get 0) (i32.const 2)) (i32.const -4)) (i32.load (i32.const 8))))
          (func (export "divide") (call $callee (i32.const 1)))
          (func (export "store") (nop) (block (call $callee (i32.const 3))) (nop))
          (func (export "fill") (memory.fill (i32.const 65535) (i32.const 0) (i32.const 2)))
          (func (export "call") (call_indirect (i32.const 0)))
          (func (export "unreachable") (if (i32.const 1) (then (nop) (unreachable))))
          (func (export "round") (loop (br 0))))
        """

    @Test("a trap's offset is that in the original", arguments: ["divide", "store", "fill", "call", "unreachable"])
    func traps(entry: String) throws {
        let binary = try Wasmtime.assemble(Self.text)
        let original = try #require(try place(binary, entry, gas: 0))
        for form in MeteringForm.allCases {
            let places = try MeteredPlaces(binary, form: form)
            let found = try #require(try place(try metered(binary, form), entry, gas: 10_000))
            #expect(found.function == original.function && !places.isMetering(function: found.function))
            #expect(try places.original(of: found.offset) == original.offset)
            #expect(found.offset != original.offset)
        }
    }

    @Test("exhausted gas traps in a function of the exact form's own, which has no place in the original")
    func exhaustion() throws {
        let binary = try Wasmtime.assemble(Self.text)
        let places = try MeteredPlaces(binary, form: .exact)
        for entry in ["divide", "round"] {
            let found = try #require(try place(try metered(binary, .exact), entry, gas: 10))
            #expect(places.isMetering(function: found.function))
            #expect(try places.original(of: found.offset) == nil)
        }
    }

    @Test("exhausted gas that the fast form finds is at the instruction that would have been next")
    func late() throws {
        let binary = try Wasmtime.assemble(Self.text)
        let places = try MeteredPlaces(binary, form: .fast)
        let found = try #require(try place(try metered(binary, .fast), "round", gas: 10))
        let module = try Module(binary)
        let body = try FunctionBody(module, module.bodies.count - 1)
        #expect(try places.original(of: found.offset) == body.instructions[1].start)
    }

    @Test("every instruction is found again", arguments: Programs.all.map(\.name))
    func everyInstruction(name: String) throws {
        let binary = try Wasmtime.assemble(try #require(Programs.all.first { $0.name == name }).text)
        let module = try Module(binary)
        for form in MeteringForm.allCases {
            let metered = try Module(try metered(binary, form))
            let places = try MeteredPlaces(binary, form: form)
            for index in metered.bodies.indices {
                let instructions = try FunctionBody(metered, index).instructions
                let found = try instructions.map { ($0, try places.original(of: $0.start)) }
                guard index < module.bodies.count else {
                    #expect(found.allSatisfy { $0.1 == nil })
                    continue
                }
                let originals = try FunctionBody(module, index).instructions
                for original in originals {
                    // What was put in before it has the same place.
                    let copy = found.last { $0.1 == original.start }?.0
                    #expect(copy?.code == original.code && copy?.label == original.label)
                }
                #expect(Set(found.map(\.1)) == Set(originals.map(\.start)))
            }
        }
    }

    private func place(_ binary: [UInt8], _ entry: String, gas: UInt64) throws -> (function: Int, offset: Int)? {
        let instance = try Instance(binary)
        instance.limit = gas
        #expect(try !instance.call(entry).isReturn)
        return instance.place
    }
}
