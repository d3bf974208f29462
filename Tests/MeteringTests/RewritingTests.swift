import Testing

@testable import Metering

@Suite struct RewritingTests {
    private func valid(_ text: String) throws -> [[UInt8]] {
        let binary = try Wasmtime.assemble(text)
        return try MeteringForm.allCases.map { form in
            let metered = try metered(binary, form)
            #expect(Wasmtime.cranelift.refusal(of: metered) == nil)
            return metered
        }
    }

    @Test(
        "a module without some of the sections gets them",
        arguments: [
            "(module)", "(module (memory 1))", "(module (type (func)))", "(module (global i32 (i32.const 1)))",
            "(module (func))", "(module (import \"a\" \"b\" (func)))", "(module (memory 1) (data (i32.const 0) \"x\"))",
            "(module (table 1 funcref) (func $f) (elem (i32.const 0) $f))",
            "(module (import \"a\" \"b\" (global (mut i32))) (export \"g\" (global 0)))",
        ])
    func missingSections(text: String) throws {
        let names = try valid(text).map { try Module($0).gasExports.map(\.name) }
        #expect(names == [[.gas, .exhausted], [.own]])
    }

    @Test("indices do not shift: imports, exports, references and calls mean what they did")
    func indices() throws {
        let text = """
            (module
              (import "env" "host" (func $host))
              (global $a (export "a") i32 (i32.const 40))
              (global $b (mut i32) (i32.const 2))
              (table 2 funcref) (elem (i32.const 0) $first $second)
              (func $first (result i32) (global.get $a))
              (func $second (result i32) (call $host) (global.get $b))
              (func (export "run") (result i32)
                (i32.add (call_indirect (result i32) (i32.const 0)) (call_indirect (result i32) (i32.const 1)))))
            """
        for binary in try valid(text) {
            var calls = 0
            let instance = try Instance(Compiled(binary)) { _ in calls += 1 }
            instance.limit = 1000
            #expect(try instance.call("run", results: 1) == .returned([.i32(42)]))
            #expect(calls == 1)
        }
    }

    @Test("names stay, and what speaks of offsets in the code goes and is named")
    func customSections() throws {
        let text = """
            (module
              (@custom "sails:idl" (before first) "service")
              (func $named (param $p i32) (local $l i64))
              (@custom ".debug_info" "x") (@custom "reloc.CODE" "x") (@custom "linking" "x")
              (@custom "metadata.code.note" (before code) "x") (@custom "sourceMappingURL" "x")
              (@custom "producers" (after last) "\\00"))
            """
        let binary = try Wasmtime.assemble(text)
        func names(_ binary: [UInt8]) throws -> [String] {
            try Module(binary).sections.compactMap { if case .custom(let name) = $0.kind { name } else { nil } }
        }
        #expect(try names(binary).count == 8)
        for form in MeteringForm.allCases {
            guard case .metered(let module) = try meter(binary, form: form) else { throw SelfMetered() }
            let dropped: Set = [".debug_info", "reloc.CODE", "linking", "metadata.code.note", "sourceMappingURL"]
            #expect(Set(module.droppedSections) == dropped)
            #expect(try names(module.binary).sorted() == ["name", "producers", "sails:idl"])
            #expect(Wasmtime.cranelift.refusal(of: module.binary) == nil)
            #expect(try names(module.binary).first == "sails:idl")
        }
    }

    @Test("a module that exports its own gas counter is left as it is")
    func selfMetered() throws {
        let binary = try Wasmtime.assemble(
            "(module (global (export \"gear_gas\") (mut i64) (i64.const 0)) (func (loop (br 0))))")
        for form in MeteringForm.allCases { #expect(try meter(binary, form: form) == .selfMetered) }
    }

    @Test("a metered module is not metered twice", arguments: MeteringForm.allCases)
    func twice(form: MeteringForm) throws {
        let module = try Wasmtime.assemble("(module (func))")
        guard case .metered(let metered) = try meter(module, form: form) else {
            Issue.record("it is not metered")
            return
        }
        let error = #expect(throws: MeteringError.self) { try meter(metered.binary, form: .fast) }
        let other: GasName = form == .fast ? .own : .exhausted
        #expect(error?.reason == .reservedExport(other.rawValue))
    }

    @Test(
        "another export of a counter's name is refused",
        arguments: [
            "(func (export \"gear_gas\"))", "(global (export \"gear_gas\") (mut i32) (i32.const 0))",
            "(global (export \"gear_gas\") i64 (i64.const 0))", "(memory (export \"gear_gas\") 1)",
            "(global (export \"gear_gas_own\") (mut i64) (i64.const 0))",
            "(global (export \"gear_gas_exhausted\") (mut i32) (i32.const 0))",
        ])
    func clashes(item: String) throws {
        let binary = try Wasmtime.assemble("(module \(item))")
        for form in MeteringForm.allCases {
            let error = #expect(throws: MeteringError.self) { try meter(binary, form: form) }
            let name = item.split(separator: "\"")[1]
            #expect(error?.reason == .reservedExport(String(name)))
        }
    }

    @Test("a start function is metered, and has no gas at instantiation")
    func start() throws {
        let text = "(module (func $start) (start $start) (func (export \"run\")))"
        #expect(try Instance(Wasmtime.assemble(text)).start == .returned([]))
        // An empty function costs nothing.
        for binary in try valid(text) { #expect(try Instance(binary).start == .returned([])) }
        for binary in try valid("(module (func $f) (func $s (call $f)) (start $s))") {
            #expect(try Instance(binary).start == .trapped(9))
        }
    }

    @Test("a function that has no room for its metering is refused")
    func tooLarge() throws {
        // One long instruction, and bytes left for next to nothing.
        let targets = Limits.bodySize - 10
        let body = [0, 0x41, 0, 0x0E] + .unsigned(targets) + [UInt8](repeating: 0, count: targets + 1) + [0x0B]
        let binary = rawModule([(1, [1, 0x60, 0, 0]), (3, [1, 0]), (10, rawCode(body))])
        #expect(body.count == Limits.bodySize)
        #expect(Wasmtime.cranelift.refusal(of: binary) == nil)
        let error = MeteringError(.tooLarge("a function", limit: Limits.bodySize), at: binary.count - body.count + 1)
        for form in MeteringForm.allCases {
            #expect(throws: error) { try meter(binary, form: form) }
        }
    }
}
