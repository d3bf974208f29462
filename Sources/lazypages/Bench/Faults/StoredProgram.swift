import API
import Foundation
import PageStorage
import Pages
import ProgramRuntime
import Worker
import WorkerProtocol

/// A program with stored pages, deleted when it is no longer used. Its entry `touch` reads so many of them, from the first
/// one on.
final class StoredProgram {
    let storage: any Storage
    let start: ExecutionStart
    private let id: String
    private let memorySize: UInt32

    /// Creates a WebAssembly engine on the way.
    /// - Parameter pages: so many are stored, from the first one on; a multiple of what a Wasm page holds.
    init(in location: StorageLocation, pages: Int) throws {
        id = "bench-faults-\(UUIDv7.next())"
        memorySize = UInt32(pages / PageSize.gearPerWasm)
        do {
            storage = try location.open()
            try storage.migrate()
            let module = try JobRunner(in: storage, .off, memoryLimit: memorySize)
                .inspect(code: Array(Self.module(memorySize: memorySize).utf8), isText: true)
            let program = try NewProgram(id: id, module: module, stackEnd: 0)
            _ = try storage.createProgram(program)
            start = try Self.store(pages, of: program, in: storage)
        } catch let error as StorageError {
            throw Failure(.service, error.explanation)
        }
    }

    deinit { _ = try? storage.deleteProgram(id: id) }

    /// Runs jobs that read `pages` pages each.
    /// - Returns: the time of the last one, in nanoseconds, and the queries that fetched its pages.
    func runJobs(_ count: Int, pages: Int, _ prefetch: Prefetch) throws -> (Double, UInt64) {
        let runner = try JobRunner(in: storage, prefetch, memoryLimit: memorySize)
        // Compiles the module.
        try run("nothing", [], on: runner)
        for _ in 1..<count { try run("touch", [.integer(Int64(pages))], on: runner) }
        let clock = ContinuousClock()
        let began = clock.now
        let job = try run("touch", [.integer(Int64(pages))], on: runner)
        let time = (clock.now - began) / .nanoseconds(1)
        guard job.counters?.pagesLoaded == UInt64(pages) else {
            throw Failure(.service, "a job loaded other pages than it was to")
        }
        return (time, job.counters?.pageQueries ?? 0)
    }

    @discardableResult
    private func run(_ entry: String, _ args: [WasmNumber], on runner: JobRunner) throws -> Job {
        let request = JobRequest(
            id: UUIDv7.next().description, program: id, entry: entry, args: args, gasLimit: 1 << 52, commit: false,
            payload: Data(), pages: .numbers, timeoutMs: 60_000, createdAt: .now())
        let outcome = runner.run(request, RunTerms(queuedUs: 0, claim: nil)) { _ in }
        let job = try outcome.report.job()
        guard job.outcome == .success, outcome.keeping == .recorded else {
            throw Failure(.service, "a job failed: \(job.error?.message ?? "it was not recorded")")
        }
        return job
    }

    private static func module(memorySize: UInt32) -> String {
        """
        (module
          (memory (export "memory") \(memorySize))
          (global (export "gear_gas") (mut i64) (i64.const 0))
          (func (export "nothing"))
          (func (export "touch") (param $pages i32)
            (local $address i32)
            (loop $next
              (drop (i32.load8_u (local.get $address)))
              (local.set $address (i32.add (local.get $address) (i32.const \(PageSize.gear))))
              (br_if $next (local.tee $pages (i32.sub (local.get $pages) (i32.const 1)))))))
        """
    }

    private static func store(_ pages: Int, of program: NewProgram, in storage: any Storage) throws -> ExecutionStart {
        let contents = (0..<UInt32(pages)).map { (page: PageNumber($0), bytes: noise(seed: UInt64($0) + 1)) }
        let job = JobRecord(
            id: UUIDv7.next().description, program: program.id, state: "finished", outcome: "success",
            createdAt: program.createdAt, finishedAt: program.createdAt, document: Array("{}".utf8))
        let commit = Commit(key: program.key, version: 0, memorySize: program.memorySize, pages: contents, job: job)
        guard case .committed = try storage.commit(commit), let start = try storage.beginExecution(program: program.id)
        else { throw StorageError.failed("the pages to measure with were not stored") }
        return start
    }

    /// A page that no storage can compress.
    private static func noise(seed: UInt64) -> [UInt8] {
        var state = seed
        return (0..<PageSize.gear).map { _ in
            // Xorshift, by Marsaglia.
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 32)
        }
    }
}

extension JobRunner {
    fileprivate convenience init(in storage: any Storage, _ prefetch: Prefetch, memoryLimit: UInt32) throws {
        try self.init(
            storage: storage, cacheDirectory: nil, memoryLimit: memoryLimit, prefetch: prefetch,
            log: { FileHandle.standardError.write(Data("\($0)\n".utf8)) })
    }
}
