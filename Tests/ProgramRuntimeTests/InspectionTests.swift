import ProgramRuntime
import Testing
import WorkerProtocol

@Suite struct InspectionTests {
    let runtime: ProgramRuntime

    init() throws { runtime = try ProgramRuntime(source: StoredPages(), cacheDirectory: nil, memoryLimit: 100) }

    @Test func aModuleIsDescribed() throws {
        let module = try runtime.inspect(code: Array(Modules.metered.utf8), isText: true)
        let (description, binary) = (module.description, module.code)
        #expect(description.size == binary.count)
        #expect(description.hash.count == 64)
        #expect((description.memorySize, description.memoryMaximum, description.stackEnd) == (20, 64, 1))
        #expect(description.metering == .program && module.meteredForms.isEmpty)
        #expect(description.entries.contains(Entry(name: "write", params: ["i32", "i32"], results: [])))
        let again = try runtime.inspect(code: binary, isText: false)
        #expect(again.description == description)
    }

    @Test func aMemoryWithoutMaximumMayGrowToTheServicesLimit() throws {
        let description = try runtime.inspect(
            code: Array(#"(module (memory (export "memory") 1))"#.utf8), isText: true
        ).description
        #expect(description.memoryMaximum == 100)
        #expect(description.stackEnd == nil)
    }

    @Test func theStackEndIsWhereTheStackPointerBegins() throws {
        let text = """
            (module (memory (export "memory") 3)
              (global (export "__gear_stack_end") (mut i32) (i32.const 65537)))
            """
        #expect(try runtime.inspect(code: Array(text.utf8), isText: true).description.stackEnd == 2)
    }

    @Test func tooManyFunctionsAreRefusedBeforeTheyAreCompiled() throws {
        let text = #"(module (memory (export "memory") 1) "# + String(repeating: "(func)", count: 100_001) + ")"
        let refusal = #expect(throws: ModuleRefusal.self) {
            try runtime.inspect(code: Array(text.utf8), isText: true)
        }
        #expect(refusal?.code == "module_too_large")
        #expect(refusal?.message.contains("100001") == true)
    }

    @Test func whatIsTooLargeIsNotCompiled() throws {
        // The signature is one that only the compiler would find wrong.
        let text = """
            (module (import "env" "memory" (func)) (memory (export "memory") 1)
              (func \(String(repeating: "(loop)", count: 800_000))))
            """
        let refusal = #expect(throws: ModuleRefusal.self) {
            try runtime.inspect(code: Array(text.utf8), isText: true)
        }
        #expect(refusal?.faults.map(\.code).first == "module_too_large")
        #expect(refusal?.faults.contains { $0.code == "import_signature" } == false)
    }

    @Test func everyValueTypeOfAnEntryIsNamed() throws {
        let text = """
            (module (memory (export "memory") 1)
              (global (export "vector") v128 (v128.const i64x2 0 0))
              (func (export "handle") (param i32 i64 f32 f64 v128 funcref externref) (result v128)
                (local.get 4)))
            """
        let description = try runtime.inspect(code: Array(text.utf8), isText: true).description
        #expect(
            description.entries == [
                Entry(
                    name: "handle", params: ["i32", "i64", "f32", "f64", "v128", "funcref", "externref"],
                    results: ["v128"])
            ])
    }

    static let refused: [(module: String, code: String, name: String)] = [
        (#"(module (import "env" "none_such" (func)) (memory (export "memory") 1))"#, "unknown_import", "none_such"),
        (#"(module (import "env" "memory" (func)))"#, "import_signature", "env.memory"),
        (#"(module (func (export "handle")))"#, "memory_missing", "memory"),
        (#"(module (memory 1))"#, "memory_missing", "memory"),
        (#"(module (memory (export "memory") 1) (func $s) (start $s))"#, "start_section", "start"),
        (#"(module (memory (export "memory") i64 1))"#, "unsupported_memory", "64"),
        (#"(module (memory (export "memory") 1 2 shared))"#, "unsupported_memory", "shared"),
        (#"(module (memory (export "memory") 1) (memory 1))"#, "unsupported_memory", "2 memories"),
        (#"(module (memory (export "memory") 101))"#, "memory_too_large", "101"),
        (
            #"(module (memory (export "memory") 1) (global (export "gear_gas") i32 (i32.const 0)))"#,
            "gas_global_type", "gear_gas"
        ),
        (
            #"(module (memory (export "memory") 1) (global (export "gear_gas") i64 (i64.const 0)))"#,
            "gas_global_type", "gear_gas"
        ),
        (
            #"(module (memory (export "memory") 1) (global (export "__gear_stack_end") i32 (i32.const 65537)))"#,
            "invalid_module", "__gear_stack_end"
        ),
        (#"(module (memory (export "memory") 1) (data (i32.const 65535) "ab"))"#, "invalid_module", "instantiated"),
        (#"(module (memory (export "memory") 1) (func (export "#, "invalid_module", "line"),
        (
            #"(module (memory (export "memory") 1) (func (drop (i8x16.relaxed_swizzle (v128.const i64x2 0 0) (v128.const i64x2 0 0)))))"#,
            "unsupported_feature", "relaxed"
        ),
        (#"(module (memory (export "memory") 1) (tag $t) (func (throw $t)))"#, "unsupported_feature", "exceptions"),
        (
            #"(module (memory (export "memory") 1) (table 1 funcref) (table 1 funcref) (table 1 funcref) (table 1 funcref) (table 1 funcref))"#,
            "invalid_module", "table"
        ),
        (#"(module (memory (export "memory") 1) (table 1000001 funcref))"#, "invalid_module", "table"),
        (#"(module (memory (export "memory") 1) (func (result i32)))"#, "invalid_module", "offset"),
    ]

    @Test(arguments: refused)
    func aModuleThatCannotBeRunIsRefusedByName(module: String, code: String, name: String) throws {
        let refusal = #expect(throws: ModuleRefusal.self) {
            try runtime.inspect(code: Array(module.utf8), isText: true)
        }
        #expect(refusal?.code == code)
        #expect(refusal?.message.contains(name) == true, "\(refusal?.message ?? "")")
    }

    @Test func aRefusalNamesEverythingThatIsWrong() throws {
        func codes(_ module: String) throws -> [String] {
            let refusal = #expect(throws: ModuleRefusal.self) {
                try runtime.inspect(code: Array(module.utf8), isText: true)
            }
            return try #require(refusal).faults.map(\.code)
        }
        #expect(
            try codes(
                """
                (module (import "env" "no" (func)) (import "env" "nor" (func)) (import "env" "memory" (memory 101))
                  (global (export "gear_gas") i32 (i32.const 0)) (func $s) (start $s))
                """) == ["start_section", "gas_global_type", "unknown_import", "unknown_import", "memory_too_large"])
        #expect(
            try codes(
                """
                (module (import "env" "no" (func)) (memory (export "memory") 1 1 shared)
                  (func (drop (i32.atomic.load (i32.const 0))))
                  (func (drop (i32.atomic.load (i32.const 0)))))
                """) == [
                    "unsupported_memory", "unsupported_feature", "unsupported_feature", "unknown_import",
                ])
    }

    @Test func aFaultInTheCodeHasItsOffset() throws {
        let text = #"(module (memory (export "memory") 1) (func (result i32)))"#
        let refusal = #expect(throws: ModuleRefusal.self) { try runtime.inspect(code: Array(text.utf8), isText: true) }
        let offset = try #require(refusal?.faults.first?.offset)
        #expect(refusal?.message.contains("0x\(String(offset, radix: 16))") == true)
    }

    @Test func aLongNameDoesNotMakeALongMessage() throws {
        let name = String(repeating: "n", count: 90_000)
        let module = #"(module (import "env" "\#(name)" (func)) (memory (export "memory") 1))"#
        let refusal = #expect(throws: ModuleRefusal.self) {
            try runtime.inspect(code: Array(module.utf8), isText: true)
        }
        #expect(try #require(refusal).message.count < 300)
    }

    @Test func garbageIsRefusedAndNeverCrashes() throws {
        var generator = SystemRandomNumberGenerator()
        let binary = try runtime.inspect(code: Array(Modules.metered.utf8), isText: true).code
        for round in 0..<300 {
            var bytes = binary
            for _ in 0...(round % 4) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            if round % 5 == 0 { bytes.removeLast(Int.random(in: 1..<bytes.count, using: &generator)) }
            _ = try? runtime.inspect(code: bytes, isText: false)
        }
        #expect(throws: ModuleRefusal.self) { try runtime.inspect(code: [], isText: false) }
        #expect(throws: ModuleRefusal.self) {
            try runtime.inspect(code: (0..<10_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }, isText: false)
        }
    }
}
