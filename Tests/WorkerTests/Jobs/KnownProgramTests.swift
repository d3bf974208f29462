import Foundation
import PageStorage
import Pages
import Testing
import Worker
import WorkerProtocol

/// The server tells the version that the program's last job left; the worker may begin with what it knows of that version.
@Suite("Jobs of a program that the worker knows")
struct KnownProgramTests {
    /// Entries name Gear pages; two Wasm pages are the module's own, and the first one is the stack.
    private static let module = """
        (module
          (import "env" "memory" (memory 2 80))
          (import "env" "alloc" (func $alloc (param i32) (result i32)))
          (import "env" "free" (func $free (param i32) (result i32)))
          (global (export "__gear_stack_end") i32 (i32.const 65536))
          (func $at (param $page i32) (result i32) (i32.shl (local.get $page) (i32.const 14)))
          (func $add (export "add") (param $page i32) (param $n i32) (result i32)
            (i32.store (call $at (local.get $page))
              (i32.add (i32.load (call $at (local.get $page))) (local.get $n)))
            (i32.load (call $at (local.get $page))))
          (func (export "see") (param $page i32) (result i32) (i32.load (call $at (local.get $page))))
          (func (export "add_to_all") (param $page i32) (param $count i32) (param $n i32) (result i32)
            (local $sum i32)
            (loop $next
              (local.set $sum (i32.add (local.get $sum) (call $add (local.get $page) (local.get $n))))
              (local.set $page (i32.add (local.get $page) (i32.const 1)))
              (local.set $count (i32.sub (local.get $count) (i32.const 1)))
              (br_if $next (local.get $count)))
            (local.get $sum))
          (func (export "trap_at") (param $page i32) (param $value i32) (result i32)
            (if (i32.eq (i32.load (call $at (local.get $page))) (local.get $value)) (then (unreachable)))
            (call $add (local.get $page) (i32.const 1)))
          (func (export "count_down") (param $page i32) (result i32)
            (local $n i32)
            (local.set $n (i32.load (call $at (local.get $page))))
            (loop $next
              (local.set $n (i32.sub (local.get $n) (i32.const 1)))
              (br_if $next (i32.gt_s (local.get $n) (i32.const 0))))
            (call $add (local.get $page) (i32.const 1)))
          (func (export "take") (param $pages i32) (result i32) (call $alloc (local.get $pages)))
          (func (export "give") (param $page i32) (result i32) (call $free (local.get $page))))
        """

    private func program(_ kind: StorageKind, prefetch: Prefetch = .on) throws -> TestProgram {
        try TestProgram(try TestStorage(kind).open(), prefetch: prefetch, module: Self.module)
    }

    /// Stores a page that begins with a number, as a client does.
    private func put(_ number: UInt32, on page: PageNumber, of program: TestProgram) throws {
        var bytes = [UInt8](repeating: 0, count: PageSize.gear)
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: number.littleEndian, as: UInt32.self) }
        #expect(try program.storage.putPage(of: program.key, page: page, bytes: bytes) != nil)
    }

    private func isOf(_ job: Job, _ result: Int64, conflicts: UInt64 = 0, version: Int64?) -> Bool {
        job.outcome == .success && job.results == [.integer(result)] && job.counters?.conflicts == conflicts
            && job.programVersion == version
    }

    @Test("they ask the storage for nothing that is known, and end as those of a worker that knows nothing")
    func sameEnds() throws {
        for kind in StorageKind.allCases {
            let known = try program(kind)
            let unknown = try program(kind)
            let steps: [(entry: String, args: (Int64, Int64, Int64))] = [
                ("add", (4, 1, 0)), ("add", (4, 2, 0)), ("add", (5, 3, 0)), ("add_to_all", (4, 3, 7)),
                ("take", (40, 0, 0)), ("add_to_all", (8, 140, 1)), ("add_to_all", (8, 140, 1)), ("add", (100, 1, 0)),
                ("give", (25, 0, 0)), ("see", (4, 0, 0)), ("trap_at", (4, 10, 0)), ("trap_at", (4, 11, 0)),
                ("take", (1, 0, 0)), ("add", (100, 5, 0)), ("add", (4, 1, 0)),
            ]
            var version: Int64?
            for (number, step) in steps.enumerated() {
                known.storage.reset()
                let fresh = try TestProgram(unknown.storage, id: unknown.id, module: Self.module)
                let (end, expected) = (
                    try run(step.entry, step.args, on: known, version), try run(step.entry, step.args, on: fresh, nil)
                )
                #expect(try document(end) == document(expected), "step \(number) on \(kind)")
                #expect(JobEnd(end) == JobEnd(expected), "step \(number) on \(kind)")
                #expect(end.counters?.conflicts == 0)
                // A trap is believed only when the storage was asked.
                let begins = number == 0 || end.outcome == .trap ? 1 : 0
                #expect(known.storage.begins == begins, "step \(number) on \(kind)")
                version = end.programVersion ?? version
            }
            #expect(try known.storedMemory() == unknown.storedMemory())
            known.storage.reset()
            #expect(known.run("add", 4, 1, commit: true, knownVersion: version).outcome == .success)
            #expect(known.storage.queries.isEmpty)
        }
    }

    private func run(
        _ entry: String, _ args: (Int64, Int64, Int64), on program: TestProgram, _ version: Int64?
    ) throws -> Job {
        switch entry {
        case "add_to_all": program.run(entry, args.0, args.1, args.2, commit: true, knownVersion: version)
        case "add", "trap_at": program.run(entry, args.0, args.1, commit: true, knownVersion: version)
        default: program.run(entry, args.0, commit: true, knownVersion: version)
        }
    }

    /// What clients read of a job, but for what is its own: id, times, and what its storage was asked.
    private func document(_ job: Job) throws -> NSDictionary {
        var job = job
        for index in job.faults?.indices ?? 0..<0 { job.faults?[index].atUs = 0 }
        let bytes = Data(JobDocument(job).bytes)
        var members = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        for name in ["id", "created_at", "started_at", "finished_at", "timings_us", "counters", "context"] {
            #expect(members.removeValue(forKey: name) != nil, "\(name)")
        }
        return members as NSDictionary
    }

    @Test("a page that was stored from outside since is found out at the commit", arguments: StorageKind.allCases)
    func storedPage(kind: StorageKind) throws {
        let program = try program(kind)
        program.run("add", 4, 1, commit: true)
        try put(100, on: 4, of: program)
        #expect(isOf(program.run("add", 4, 1, commit: true, knownVersion: 1), 101, conflicts: 1, version: 3))
        // The next one knows that.
        program.storage.reset()
        #expect(isOf(program.run("add", 4, 1, commit: true, knownVersion: 3), 102, version: 4))
        #expect(program.storage.begins == 0 && program.storage.queries.isEmpty)
    }

    @Test("a page that is not known and was stored since is found out when it is read", arguments: StorageKind.allCases)
    func otherPage(kind: StorageKind) throws {
        let program = try program(kind)
        try put(5, on: 5, of: program)
        program.run("add", 4, 1, commit: true)
        try put(50, on: 5, of: program)
        #expect(isOf(program.run("add", 5, 1, commit: true, knownVersion: 2), 51, conflicts: 1, version: 4))
    }

    @Test("a job that changes nothing of what is out of date is run again as well", arguments: StorageKind.allCases)
    func unchanged(kind: StorageKind) throws {
        let program = try program(kind)
        program.run("add", 4, 1, commit: true)
        try put(100, on: 4, of: program)
        #expect(isOf(program.run("see", 4, commit: true, knownVersion: 1), 100, conflicts: 1, version: 2))
    }

    @Test("a trap on what is out of date is not the job's end", arguments: StorageKind.allCases)
    func staleTrap(kind: StorageKind) throws {
        let program = try program(kind)
        program.run("add", 4, 1, commit: true)
        try put(7, on: 4, of: program)
        #expect(isOf(program.run("trap_at", 4, 1, commit: true, knownVersion: 1), 8, conflicts: 1, version: 3))
        // Nor is success where it ought to trap.
        try put(9, on: 4, of: program)
        let trap = program.run("trap_at", 4, 9, commit: true, knownVersion: 3)
        #expect(trap.outcome == .trap && !trap.committed && trap.counters?.conflicts == 1)
        // One that is up to date is reported at once.
        program.run("add", 4, 1, commit: true)
        let again = program.run("trap_at", 4, 10, commit: true, knownVersion: 5)
        #expect(again.outcome == .trap && again.counters?.conflicts == 0)
    }

    @Test("gas exhausted on what is out of date is not the job's end", arguments: StorageKind.allCases)
    func staleExhaustion(kind: StorageKind) throws {
        let program = try program(kind)
        program.run("add", 4, 1_000_000, commit: true)
        try put(1, on: 4, of: program)
        let expected = program.run("count_down", 4, gasLimit: 100_000)
        let job = program.run("count_down", 4, gasLimit: 100_000, commit: true, knownVersion: 1)
        #expect(isOf(job, 2, conflicts: 1, version: 3))
        #expect(job.gas == expected.gas)
        try put(1_000_000, on: 4, of: program)
        let exhausted = program.run("count_down", 4, gasLimit: 100_000, commit: true, knownVersion: 3)
        #expect(exhausted.outcome == .gasLimitExceeded && exhausted.counters?.conflicts == 1)
        #expect(exhausted.gas.left == 0)
    }

    @Test("a job that commits nothing reads the storage", arguments: StorageKind.allCases)
    func dryRun(kind: StorageKind) throws {
        let program = try program(kind)
        program.run("add", 4, 1, commit: true)
        try put(100, on: 4, of: program)
        program.storage.reset()
        let job = program.run("add", 4, 1, knownVersion: 1)
        #expect(isOf(job, 101, version: 2) && !job.committed)
        #expect(program.storage.begins == 1 && program.storage.queries == [[4]])
    }

    @Test("what is known in another version than the server says is not used", arguments: StorageKind.allCases)
    func otherVersion(kind: StorageKind) throws {
        let program = try program(kind)
        program.run("add", 4, 1, commit: true)
        // Another worker.
        let other = try TestProgram(program.storage, id: program.id, module: Self.module)
        other.run("add", 4, 10, commit: true)
        program.storage.reset()
        #expect(isOf(program.run("add", 4, 100, commit: true, knownVersion: 2), 111, version: 3))
        #expect(program.storage.begins == 1)
    }

    @Test("of a program that was deleted nothing is seen by another one with its id", arguments: StorageKind.allCases)
    func deleted(kind: StorageKind) throws {
        let program = try program(kind)
        program.run("add", 4, 1, commit: true)
        #expect(try program.storage.deleteProgram(id: program.id) != nil)
        let next = try TestProgram(program.storage, program.runner, id: program.id, module: Self.module)
        try put(50, on: 5, of: next)
        #expect(isOf(next.run("add", 4, 2, commit: true, knownVersion: 1), 2, version: 2))
        // Jobs of the one that is gone neither see the other one nor change it.
        for entry in ["add", "trap_at", "see"] {
            next.run("add", 4, 0, commit: true)
            let job =
                entry == "see"
                ? program.run(entry, 4, knownVersion: 1) : program.run(entry, 4, 1, commit: true, knownVersion: 1)
            #expect(job.state == .failed && job.error?.code == "program_deleted", "\(entry)")
        }
        #expect(isOf(next.run("see", 4), 2, version: 5))
    }

    @Test("without prefetch each page is read from the storage", arguments: StorageKind.allCases)
    func prefetchOff(kind: StorageKind) throws {
        let program = try program(kind, prefetch: .off)
        program.run("add_to_all", 4, 3, 1, commit: true)
        program.storage.reset()
        let job = program.run("add_to_all", 4, 3, 1, commit: true, knownVersion: 1)
        #expect(isOf(job, 6, version: 2))
        #expect(program.storage.queries == [[4], [5], [6]])
    }
}
