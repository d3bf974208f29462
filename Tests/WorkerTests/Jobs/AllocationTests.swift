import PageStorage
import Pages
import Testing
import Worker
import WorkerProtocol

@Suite("Memory that programs allocate and free")
struct AllocationTests {
    /// Wasm pages 1 and 2 are the module's own; four Gear pages lie in each.
    private static let module = """
        (module
          (import "env" "memory" (memory 3 8))
          (import "env" "alloc" (func $alloc (param i32) (result i32)))
          (import "env" "free" (func $free (param i32) (result i32)))
          (import "env" "free_range" (func $free_range (param i32 i32) (result i32)))
          (import "env" "gr_panic" (func $panic (param i32 i32)))
          (global (export "__gear_stack_end") i32 (i32.const 65536))
          (func $touch (param $page i32) (param $value i32)
            (i32.store (i32.mul (local.get $page) (i32.const 65536)) (local.get $value)))
          (func (export "take") (param $pages i32) (param $value i32) (result i32)
            (local $page i32)
            (local.set $page (call $alloc (local.get $pages)))
            (if (i32.ne (local.get $page) (i32.const -1)) (then (call $touch (local.get $page) (local.get $value))))
            (local.get $page))
          (func (export "give") (param $page i32) (result i32) (call $free (local.get $page)))
          (func (export "give_range") (param $first i32) (param $last i32) (result i32)
            (call $free_range (local.get $first) (local.get $last)))
          (func (export "give_and_write") (param $page i32) (result i32)
            (drop (call $free (local.get $page)))
            (call $touch (local.get $page) (i32.const 99))
            (i32.load (i32.mul (local.get $page) (i32.const 65536))))
          (func (export "give_and_panic") (param $page i32)
            (drop (call $free (local.get $page))) (call $panic (i32.const 0) (i32.const 0)))
          (func (export "grow") (param $pages i32) (result i32) (memory.grow (local.get $pages)))
          (func (export "see") (param $page i32) (result i32)
            (i32.load (i32.mul (local.get $page) (i32.const 65536)))))
        """

    private func program(_ kind: StorageKind) throws -> TestProgram {
        try TestProgram(try TestStorage(kind).open(), module: Self.module)
    }

    private func result(_ job: Job) throws -> Int64 {
        try #require(job.outcome == .success, "\(String(describing: job.error))")
        guard case .integer(let number)? = job.results.first else { return 0 }
        return number
    }

    @Test("what is allocated is there in the next job, and freed memory is used again", arguments: StorageKind.allCases)
    func acrossJobs(kind: StorageKind) throws {
        let program = try program(kind)
        #expect(try result(program.run("take", 2, 5, commit: true)) == 3)
        #expect(try result(program.run("take", 1, 6, commit: true)) == 5)
        #expect(try result(program.run("see", 3)) == 5)
        #expect(try result(program.run("give", 4, commit: true)) == 0)
        #expect(try result(program.run("give", 4, commit: true)) == 1, "it is free already")
        #expect(try result(program.run("take", 2, 7, commit: false)) == 6, "the hole is too small")
        #expect(try result(program.run("take", 1, 8, commit: true)) == 4)
        #expect(try result(program.run("see", 5)) == 6)
        #expect(try result(program.run("give", 2)) == 1, "the module's own memory stays")
        // From a worker that knows nothing of it.
        let other = try TestProgram(program.storage, id: program.id)
        #expect(try result(other.run("take", 1, 9)) == 6)
        #expect(try result(other.run("take", 3, 9)) == -1, "the program's maximum is 8 pages")
    }

    @Test("freed pages lose their bytes with the commit, and not before", arguments: StorageKind.allCases)
    func freedBytes(kind: StorageKind) throws {
        let program = try program(kind)
        _ = try result(program.run("take", 2, 5, commit: true))
        #expect(try program.storedMemory().keys.sorted() == [12])
        _ = try result(program.run("give_range", 3, 4))
        #expect(program.run("give_and_panic", 3, commit: true).outcome == .panic)
        #expect(try program.storedMemory().keys.sorted() == [12])
        #expect(try result(program.run("see", 3)) == 5)

        let version = try #require(try program.storage.program(id: program.id)).version
        let freed = program.run("give_range", 3, 4, commit: true)
        #expect(freed.committed && freed.programVersion == version + 1)
        #expect(try program.storedMemory().isEmpty)
        let seen = program.run("see", 3)
        #expect(try result(seen) == 0 && seen.loadedPages == 0)
        #expect(try result(program.run("take", 1, 1, commit: true)) == 3)
        #expect(try program.storedMemory().keys.sorted() == [12])
    }

    @Test("what is written to memory that is free is not kept", arguments: StorageKind.allCases)
    func writtenHole(kind: StorageKind) throws {
        let program = try program(kind)
        _ = try result(program.run("take", 1, 5, commit: true))
        let job = program.run("give_and_write", 3, commit: true)
        #expect(try result(job) == 99)
        #expect(job.counters?.pagesWritten == 0)
        #expect(try program.storedMemory().isEmpty)
        #expect(try result(program.run("see", 3)) == 0)
    }

    @Test("memory that the program grew by itself counts as allocated", arguments: StorageKind.allCases)
    func grown(kind: StorageKind) throws {
        let program = try program(kind)
        #expect(try result(program.run("grow", 2, commit: true)) == 3)
        #expect(try result(program.run("take", 1, 5)) == 5)
        #expect(try result(program.run("give", 4, commit: true)) == 0)
        #expect(try result(program.run("take", 1, 5)) == 4)
        #expect(try result(program.run("take", 2, 5)) == 4, "the hole at the end goes on into new memory")
    }

    @Test("a page stored from outside where memory is free stays", arguments: StorageKind.allCases)
    func storedFromOutside(kind: StorageKind) throws {
        let program = try program(kind)
        _ = try result(program.run("take", 1, 5, commit: true))
        _ = try result(program.run("give", 3, commit: true))
        let page = [UInt8](repeating: 3, count: PageSize.gear)
        let version = try program.storage.putPage(of: program.key, page: 12, bytes: page)
        #expect(try result(program.run("see", 3, commit: true)) == 0x0303_0303)
        #expect(try program.storedMemory() == [12: page])
        #expect(try program.storage.program(id: program.id)?.version == version)
    }
}
