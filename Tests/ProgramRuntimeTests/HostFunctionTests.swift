import LazyPages
import Pages
import ProgramRuntime
import Testing
import WorkerProtocol

@Suite struct HostFunctionTests {
    /// Calls each function with what it is given; the stack ends at page 4.
    static let module = """
        (module
          (import "host" "add" (func $add (param i32 i64 f32 f64) (result f64 f32 i64 i32)))
          (import "env" "memory" (memory 4 8))
          (import "host" "sum" (func $sum (param i32 i32) (result i64)))
          (import "host" "fill" (func $fill (param i32 i32)))
          (import "host" "copy" (func $copy (param i32 i32 i32)))
          (import "host" "pay" (func $pay (param i64)))
          (import "host" "fail" (func $fail))
          (import "host" "lie" (func $lie (result i32)))
          (global $gas (export "gear_gas") (mut i64) (i64.const 0))
          (global (export "__gear_stack_end") i32 (i32.const 65536))
          (data (i32.const 81918) "\\01\\02\\03\\04")
          (func (export "add") (param i32 i64 f32 f64) (result f64 f32 i64 i32)
            (call $add (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
          (func (export "sum") (param i32 i32) (result i64) (call $sum (local.get 0) (local.get 1)))
          (func (export "fill") (param i32 i32) (call $fill (local.get 0) (local.get 1)))
          (func (export "read_and_fill") (param i32 i32)
            (drop (i32.load (local.get 0))) (call $fill (local.get 0) (local.get 1)))
          (func (export "grow_and_fill") (param i32 i32)
            (drop (memory.grow (i32.const 1))) (call $fill (local.get 0) (local.get 1)))
          (func (export "exhaust_and_fill") (param i32 i32)
            (memory.fill (i32.const 65536) (i32.const 1) (i32.const 32768)) (call $fill (local.get 0) (local.get 1)))
          (func (export "copy") (param i32 i32 i32) (call $copy (local.get 0) (local.get 1) (local.get 2)))
          (func (export "pay") (param i64) (call $pay (local.get 0)))
          (func (export "fail") (call $fail))
          (func (export "lie") (result i32) (call $lie)))
        """

    static var functions: [HostFunction] {
        [
            HostFunction(
                module: "host", name: "add", params: [.i32, .i64, .f32, .f64], results: [.f64, .f32, .i64, .i32]
            ) { call throws(HostFailure) in call.arguments.reversed() },
            HostFunction(module: "host", name: "sum", params: [.i32, .i32], results: [.i64]) {
                call throws(HostFailure) in
                [.i64(try call.read(call.interval(0, size: 1)).reduce(0) { $0 + UInt64($1) })]
            },
            HostFunction(module: "host", name: "fill", params: [.i32, .i32], results: []) { call throws(HostFailure) in
                try call.write([UInt8](repeating: 7, count: Int(call.integer(1))), at: UInt32(call.integer(0)))
                return []
            },
            HostFunction(module: "host", name: "copy", params: [.i32, .i32, .i32], results: []) {
                call throws(HostFailure) in
                try call.announce(reads: [call.interval(1, size: 2)], writes: [call.interval(0, size: 2)])
                try call.write(try call.read(call.interval(1, size: 2)), at: UInt32(call.integer(0)))
                return []
            },
            HostFunction(module: "host", name: "pay", params: [.i64], results: []) { call throws(HostFailure) in
                try call.charge(call.integer(0))
                return []
            },
            HostFunction(module: "host", name: "fail", params: [], results: []) { _ throws(HostFailure) in
                throw .execution(.engineInvariant("on purpose"))
            },
            HostFunction(module: "host", name: "lie", params: [], results: [.i32]) { _ throws(HostFailure) in [.i64(1)]
            },
        ]
    }

    let harness: Harness

    init() throws { harness = try Harness(Self.module, hostFunctions: Self.functions) }

    private func endsOutOfBounds(_ entry: String, _ args: Int64...) throws -> Bool {
        if case .memoryOutOfBounds(let trap) = try harness.run(entry, args.map { .integer($0) }).end {
            return trap.kind == "memory_out_of_bounds"
        }
        return false
    }

    @Test func argumentsAndResultsOfEveryTypeCross() throws {
        let numbers: [WasmNumber] = [.integer(-1), .unsigned(.max), .float(0.5), .float(.infinity)]
        #expect(
            try harness.run("add", numbers).end
                == .returned([.float(.infinity), .float(0.5), .integer(-1), .integer(-1)]))
    }

    @Test func aReadIsChargedAndLoadedBeforeItHappens() throws {
        harness.source.pages[5] = Array(repeating: 1, count: PageSize.gear)
        let report = try harness.run("sum", 81_918, 4)
        #expect(report.end == .returned([.integer(1 + 2 + 1 + 1)]), "the first page has the module's bytes")
        #expect(report.gasLeft == 1_000_000 - 10 - 10 - 1000)
        #expect((report.accessed, report.written) == ([4, 5], []))
        #expect(report.counters.readFaults == 0)
        #expect(try harness.run("sum", 65_530, 4).gasLeft == 1_000_000, "the stack is free")
    }

    @Test func aWriteIsChargedAndKept() throws {
        let report = try harness.run("fill", 81_918, 4)
        #expect(report.gasLeft == 1_000_000 - 20 - 20)
        #expect(report.written == [4, 5])
        #expect(try harness.run("sum", 81_918, 4).end == .returned([.integer(28)]))
        #expect(try harness.run("read_and_fill", 81_920, 4).gasLeft == 1_000_000 - 100 - 1000 - 30)
        #expect(try harness.run("grow_and_fill", 262_143, 2).written == [15, 16], "grown memory is reached too")
    }

    @Test func severalIntervalsAreAnnouncedAsOneAndChargedOnce() throws {
        let report = try harness.run("copy", 98_304, 81_919, 3)
        #expect(report.gasLeft == 1_000_000 - 10 - 10 - 20)
        #expect(Array(try #require(harness.source.pages[6]).prefix(3)) == [2, 3, 4])
        #expect(try harness.run("copy", 131_072, 131_074, 4).gasLeft == 1_000_000 - 10 - 30, "one page, both ways")
    }

    @Test func anIntervalOutsideMemoryEndsTheProgramAsItsOwnError() throws {
        #expect(try endsOutOfBounds("fill", 262_143, 2))
        #expect(try endsOutOfBounds("sum", 262_144, 0), "an interval of no bytes has a place")
        #expect(try endsOutOfBounds("sum", 0xFFFF_FFFF, 2))
        #expect(try harness.run("sum", 262_143, 0).accessed == [15])
        #expect(try harness.run("sum", 262_143, 1).end == .returned([.integer(0)]))
    }

    @Test func gasThatDoesNotCoverAnAccessEndsTheProgram() throws {
        let exact = try harness.run("copy", 98_304, 81_919, 3, gasLimit: 40)
        #expect(exact.end == .returned([]) && exact.gasLeft == 0)
        for limit in [0, 9, 19, 39] as [UInt64] {
            let report = try harness.run("copy", 98_304, 81_919, 3, gasLimit: limit)
            #expect(report.end == .gasLimitExceeded)
            #expect(report.status == .gasLimitExceeded)
            #expect(report.gasLeft == 0)
        }
        // The gas runs out inside a bulk instruction, which runs on: the host function is where the program ends.
        let report = try harness.run("exhaust_and_fill", 131_072, 1, gasLimit: 399)
        #expect(report.end == .gasLimitExceeded)
        #expect(report.accessed == [4])
    }

    @Test func aFunctionChargesWhatItCosts() throws {
        #expect(try harness.run("pay", 30, gasLimit: 30).gasLeft == 0)
        let report = try harness.run("pay", 31, gasLimit: 30)
        #expect(report.end == .gasLimitExceeded)
        #expect(report.gasLeft == 0)
        #expect(report.status == .normal, "no page was charged")
    }

    @Test func aFailureThatIsNotTheProgramsFailsTheExecution() throws {
        #expect(throws: ExecutionError.engineInvariant("on purpose")) { try harness.run("fail") }
        harness.source.failing = [5]
        #expect(throws: ExecutionError.pageSource(.unavailable("gone"))) { try harness.run("sum", 81_918, 4) }
        let lie = #expect(throws: ExecutionError.self) { try harness.run("lie") }
        #expect("\(String(describing: lie))".contains("other types"))
        #expect(try harness.run("sum", 65_536, 1).end == .returned([.integer(0)]), "the next execution is sound")
    }

    @Test func aProgramThatIsNotMeteredPaysNothingWhateverItCosts() throws {
        let harness = try Harness(
            """
            (module
              (import "host" "fill" (func $fill (param i32 i32)))
              (import "host" "pay" (func $pay (param i64)))
              (memory (export "memory") 1)
              (func (export "fill") (call $pay (i64.const -1)) (call $fill (i32.const 16383) (i32.const 2))))
            """, hostFunctions: Self.functions)
        harness.costs.hostFuncWrite = .max
        let report = try harness.run("fill", gasLimit: 0)
        #expect(report.end == .returned([]))
        #expect(report.gasLeft == nil)
        #expect(report.charges == ChargeCounts())
        #expect(report.written == [0, 1])
    }

    static let refused: [(imports: String, code: String, words: [String])] = [
        (#"(import "host" "sum" (func (param i32 i32)))"#, "import_signature", ["host.sum", "(i32, i32) -> (i64)"]),
        (#"(import "host" "sum" (func (param i64 i32) (result i64)))"#, "import_signature", ["(i64, i32) -> (i64)"]),
        (#"(import "host" "sum" (global i32))"#, "import_signature", ["host.sum", "global"]),
        (#"(import "env" "sum" (func (param i32 i32) (result i64)))"#, "unknown_import", ["env.sum"]),
        (#"(import "host" "memory" (func))"#, "unknown_import", ["host.memory"]),
    ]

    @Test(arguments: refused)
    func anImportThatIsNotProvidedIsRefused(imports: String, code: String, words: [String]) throws {
        let text = "(module \(imports) (memory (export \"memory\") 1))"
        let refusal = #expect(throws: ModuleRefusal.self) {
            try harness.runtime.inspect(code: Array(text.utf8), isText: true)
        }
        #expect(refusal?.code == code)
        for word in words { #expect(refusal?.message.contains(word) == true, "\(refusal?.message ?? "")") }
    }

    @Test func theSignatureChoosesAmongTheLayoutsOfOneFunction() throws {
        let layouts = [
            HostFunction(module: "host", name: "size", params: [], results: [.i32]) { _ throws(HostFailure) in
                [.i32(1)]
            },
            HostFunction(module: "host", name: "size", params: [], results: [.i64]) { _ throws(HostFailure) in
                [.i64(2)]
            },
        ]
        for (type, expected) in [("i32", 1), ("i64", 2)] as [(String, Int64)] {
            let harness = try Harness(
                """
                (module (import "host" "size" (func $size (result \(type)))) (memory (export "memory") 1)
                  (func (export "handle") (result \(type)) (call $size)))
                """, hostFunctions: layouts)
            #expect(try harness.run("handle").end == .returned([.integer(expected)]))
        }
    }

    /// `get` has one signature in both layouts, `size` another in each, and `put` belongs to the current one.
    @Test(arguments: [("(result i32)", 1), ("(result i64)", 2)])
    func theOtherImportsChooseAmongLayoutsOfOneSignature(size: String, expected: Int64) throws {
        func function(_ name: String, _ number: UInt32, _ type: WasmNumberType, layout: String?) -> HostFunction {
            HostFunction(module: "host", name: name, params: [], results: [type], layout: layout) {
                _ throws(HostFailure) in
                [type == .i32 ? .i32(number) : .i64(UInt64(number))]
            }
        }
        let functions = [
            function("get", 1, .i32, layout: nil), function("size", 1, .i32, layout: nil),
            function("put", 1, .i32, layout: nil), function("get", 2, .i32, layout: "early"),
            function("size", 2, .i64, layout: "early"),
        ]
        let text = """
            (module (import "host" "get" (func $get (result i32))) (import "host" "size" (func $size \(size)))
              (import "host" "put" (func $put (result i32)))
              (memory (export "memory") 1) (func (export "handle") (result i32 i32) (call $get) (call $put)))
            """
        let end = try Harness(text, hostFunctions: functions).run("handle").end
        #expect(end == .returned([.integer(expected), .integer(1)]))
    }
}
