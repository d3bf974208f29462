import Foundation
import Metering
import PageStorage
import Testing
import Worker
import WorkerProtocol

@Suite("Programs that the service meters")
struct MeteringTests {
    private static let module = """
        (module
          (memory (export "memory") 2 16)
          (data $bytes "0123456789")
          (func $step (param $n i32) (result i32)
            (if (result i32) (i32.eqz (local.get $n))
              (then (i32.const 1))
              (else (i32.add (call $step (i32.sub (local.get $n) (i32.const 1))) (local.get $n)))))
          (func (export "work") (param $n i32) (result i32)
            (local $sum i32)
            (loop $next
              (i32.store (i32.mul (local.get $n) (i32.const 16384)) (local.get $sum))
              (local.set $sum (i32.add (local.get $sum) (call $step (local.get $n))))
              (local.set $n (i32.sub (local.get $n) (i32.const 1)))
              (br_if $next (local.get $n)))
            (local.get $sum))
          (func (export "bulk") (param $pages i32) (result i32)
            (local $size i32)
            (local.set $size (memory.grow (local.get $pages)))
            (memory.fill (i32.const 131000) (i32.const 7) (i32.const 5000))
            (memory.copy (i32.const 40000) (i32.const 131000) (i32.const 900))
            (memory.init $bytes (i32.const 8) (i32.const 2) (i32.const 8))
            (i32.add (local.get $size) (i32.load (i32.const 8))))
          (func (export "give_up") (param $n i32)
            (drop (i32.load (i32.const 70000)))
            (if (local.get $n) (then (unreachable))))
          (func (export "divide") (param $n i32) (result i32)
            (i32.store (i32.const 8) (i32.const 5))
            (i32.div_u (i32.const 1) (local.get $n)))
          (func (export "stop") (drop (memory.grow (i32.const 0))) (unreachable))
          (func (export "beyond") (result i32) (i32.load (i32.const 131069)))
          (func $forever (export "forever") (call $forever))
          (func (export "spin") (loop $next (br $next))))
        """

    private func program(_ kind: StorageKind = .sqlite, isMeteredAtUpload: Bool = true) throws -> TestProgram {
        try TestProgram(
            try TestStorage(kind).open(), module: Self.module, isMeteredAtUpload: isMeteredAtUpload)
    }

    @Test(
        "with one unit less than it needs a job runs out of gas, and with any less too",
        arguments: [("work", 3), ("bulk", 1)] as [(String, Int64)])
    func everyLimit(entry: String, argument: Int64) throws {
        let program = try program()
        let whole = program.run(entry, argument)
        #expect(whole.outcome == .success && whole.gas.weightsVersion == Weights.standard.version)
        let burned = whole.gas.burned
        let enough = program.run(entry, argument, gasLimit: burned)
        #expect(enough.outcome == .success && enough.gas.left == 0 && enough.results == whole.results)
        // A charge is at least one unit, and pages are charged in thousands.
        let few = Set((0..<100).map { UInt64($0) }).union((1..<100).map { burned - $0 })
        let points = few.union(stride(from: 0, to: burned, by: 1499))
        for limit in points where limit < burned {
            let job = program.run(entry, argument, gasLimit: limit)
            #expect(job.outcome == .gasLimitExceeded, "\(limit) of \(burned)")
            #expect(job.gas.left == 0 && job.gas.burned == limit)
            #expect(!job.committed && job.results.isEmpty)
        }
    }

    @Test("a program's own unreachable is a trap, also with the last unit of gas burned")
    func ownUnreachable() throws {
        let program = try program()
        let trap = program.run("give_up", 1)
        #expect(trap.outcome == .trap && trap.error?.trap == "unreachable")
        #expect(trap.gas.pages.signalRead == 1 && trap.gas.burned > 0)
        let atTheEnd = program.run("give_up", 1, gasLimit: trap.gas.burned)
        #expect(atTheEnd.outcome == .trap && atTheEnd.gas.left == 0)
        let tooLittle = program.run("give_up", 1, gasLimit: trap.gas.burned - 1)
        #expect(tooLittle.outcome == .gasLimitExceeded && tooLittle.gas.left == 0)
    }

    @Test("a trap says what was burned up to it", arguments: StorageKind.allCases)
    func traps(kind: StorageKind) throws {
        let program = try program(kind)
        let divided = program.run("divide", 0, commit: true)
        #expect(divided.outcome == .trap && divided.error?.trap == "integer_division_by_zero")
        // The whole block is paid before it begins.
        let whole = program.run("divide", 1)
        #expect(divided.gas == whole.gas)
        #expect(!divided.committed)
        #expect(program.run("beyond").outcome == .memoryOutOfBounds)
    }

    @Test("a trap's place is that of the instruction in the uploaded module")
    func place() throws {
        let program = try program()
        let hash = try #require(try program.storage.program(id: program.id)).codeHash
        let code = try #require(try program.storage.code(hash: hash))
        let offset = try #require(program.run("divide", 0).error?.codeOffset)
        #expect(code.dropFirst(Int(offset)).first == 0x6E, "i32.div_u")
        let unreachable = try #require(program.run("stop").error?.codeOffset)
        #expect(code.dropFirst(Int(unreachable)).first == 0x00)
        #expect(program.run("divide", 0).error?.codeOffset == offset)
    }

    @Test("a loop and a recursion without end cost their limit", arguments: ["spin", "forever"])
    func endless(entry: String) throws {
        // A recursion that had more would exhaust the call stack before.
        let job = try program().run(entry, gasLimit: 3000)
        #expect(job.outcome == .gasLimitExceeded && job.gas.burned == 3000)
    }

    @Test("a job that ends well runs once, and another once more in the exact form")
    func forms() throws {
        let program = try program()
        var forms: [MeteringForm] = []
        func run(_ entry: String, _ argument: Int64) throws -> Job {
            forms = []
            let request = JobRequest(
                id: UUIDv7.next().description, program: program.id, entry: entry, args: [.integer(argument)],
                gasLimit: 1_000_000, commit: false, payload: Data(), pages: .numbers, timeoutMs: 1000,
                createdAt: .now())
            return try program.runner.run(request, RunTerms(queuedUs: 0, claim: nil)) { progress in
                if case .started(let form) = progress { forms.append(form) }
            }.report.job()
        }
        let fine = try run("divide", 1)
        #expect(fine.outcome == .success && forms == [.fast])
        let job = try run("divide", 0)
        #expect(job.outcome == .trap && forms == [.fast, .exact])
        #expect(job.counters?.writeFaults == 2, "counters tell of both runs")
        #expect(job.gas.pages.signalWrite == 1)
        #expect(MeteringForm.exact.timeoutFactor > MeteringForm.fast.timeoutFactor)
    }

    @Test("a module that was not metered yet is metered by its first job", arguments: StorageKind.allCases)
    func lazily(kind: StorageKind) throws {
        let program = try program(kind, isMeteredAtUpload: false)
        let hash = try #require(try program.storage.program(id: program.id)).codeHash
        func stored(_ form: MeteringForm) throws -> [UInt8]? {
            try program.storage.meteredCode(
                of: hash, form: MeteredCodeForm(name: form.rawValue, weightsVersion: Weights.standard.version))
        }
        // Compiled code in memory would spare the look into the storage.
        let other = try TestProgram(program.storage, id: program.id)
        #expect(try stored(.fast) == nil)
        #expect(other.run("divide", 1).outcome == .success)
        #expect(try stored(.fast) != nil && stored(.exact) == nil)
        #expect(other.run("divide", 0).outcome == .trap)
        #expect(try stored(.exact) != nil)
    }
}

@Suite("Programs that meter themselves")
struct SelfMeteringTests {
    private static func module(_ body: String) -> String {
        """
        (module
          (import "env" "gr_leave" (func $leave))
          (import "env" "gr_panic" (func $panic (param i32 i32)))
          (memory (export "memory") 1)
          (global $gas (export "gear_gas") (mut i64) (i64.const 0))
          (func (export "handle") \(body)))
        """
    }

    @Test(
        "a counter above the limit is exhausted gas, however the program ends",
        arguments: [
            "(global.set $gas (i64.const -6)) (call $leave)",
            "(global.set $gas (i64.const -6)) (call $panic (i32.const 0) (i32.const 1))",
            "(global.set $gas (i64.const -6)) (i32.store (i32.const 0) (i32.const 1))",
            "(global.set $gas (i64.add (global.get $gas) (i64.const 1)))",
            "(global.set $gas (i64.const 9223372036854775807)) (unreachable)",
        ])
    func aboveTheLimit(body: String) throws {
        let program = try TestProgram(try TestStorage(.sqlite).open(), module: Self.module(body))
        let job = program.run("handle", gasLimit: 1_000_000)
        #expect(job.outcome == .gasLimitExceeded && job.gas.left == 0 && job.gas.burned == 1_000_000)
        #expect(job.gas.weightsVersion == nil)
    }

    @Test("an unreachable with nothing left is exhausted gas, and one with something left a trap")
    func unreachable() throws {
        let empty = try TestProgram(
            try TestStorage(.sqlite).open(), module: Self.module("(global.set $gas (i64.const 0)) (unreachable)"))
        #expect(empty.run("handle").outcome == .gasLimitExceeded)
        let rest = try TestProgram(
            try TestStorage(.sqlite).open(), module: Self.module("(global.set $gas (i64.const 1)) (unreachable)"))
        let job = rest.run("handle")
        #expect(job.outcome == .trap && job.gas.left == 1)
    }
}
