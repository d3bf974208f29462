import Foundation
import PageStorage
import Pages
import Worker
import WorkerProtocol

/// A stored program and a worker that runs its entries.
final class TestProgram {
    /// Pages of the memory; the first four are the program's stack.
    static let pageCount: UInt32 = 1040
    static let stackPages: UInt32 = 4

    /// Each entry charges gas of its own at every step, and returns a checksum of the pages that it read.
    static let module = """
        (module
          (memory (export "memory") 260 300)
          (global $gas (export "gear_gas") (mut i64) (i64.const 0))
          (global (export "__gear_stack_end") i32 (i32.const 65536))
          (func $charge (param $cost i64)
            (if (i64.lt_u (global.get $gas) (local.get $cost))
              (then (global.set $gas (i64.const 0)) (unreachable)))
            (global.set $gas (i64.sub (global.get $gas) (local.get $cost))))
          (func $address (param $page i32) (param $offset i32) (result i32)
            (i32.add (i32.shl (local.get $page) (i32.const 14)) (local.get $offset)))
          (func $mix (param $sum i64) (param $page i32) (result i64)
            (i64.add (i64.mul (local.get $sum) (i64.const 31))
              (i64.add (i64.load (call $address (local.get $page) (i32.const 0)))
                (i64.load (call $address (local.get $page) (i32.const 16376))))))
          (func (export "scan") (param $page i32) (param $step i32) (param $count i32) (result i64)
            (local $sum i64)
            (loop $next
              (call $charge (i64.const 7))
              (local.set $sum (call $mix (local.get $sum) (local.get $page)))
              (local.set $page (i32.add (local.get $page) (local.get $step)))
              (local.set $count (i32.sub (local.get $count) (i32.const 1)))
              (br_if $next (local.get $count)))
            (local.get $sum))
          (func (export "random") (param $seed i32) (param $count i32) (param $writes i32) (result i64)
            (local $sum i64) (local $page i32)
            (loop $next
              (call $charge (i64.const 11))
              (local.set $seed (i32.add (i32.mul (local.get $seed) (i32.const 1664525)) (i32.const 1013904223)))
              (local.set $page (i32.add (i32.const 4)
                (i32.rem_u (i32.shr_u (local.get $seed) (i32.const 8)) (i32.const 1036))))
              (if (i32.and (local.get $writes) (i32.shr_u (local.get $seed) (i32.const 28)))
                (then (i32.store (call $address (local.get $page) (i32.const 100)) (local.get $seed)))
                (else (local.set $sum (call $mix (local.get $sum) (local.get $page)))))
              (local.set $count (i32.sub (local.get $count) (i32.const 1)))
              (br_if $next (local.get $count)))
            (local.get $sum))
          (func (export "copy") (param $from i32) (param $to i32) (param $count i32)
            (loop $next
              (call $charge (i64.const 13))
              (memory.copy (call $address (local.get $to) (i32.const 0))
                (call $address (local.get $from) (i32.const 0)) (i32.const 16384))
              (local.set $from (i32.add (local.get $from) (i32.const 1)))
              (local.set $to (i32.add (local.get $to) (i32.const 1)))
              (local.set $count (i32.sub (local.get $count) (i32.const 1)))
              (br_if $next (local.get $count))))
          (func (export "grow_and_scan") (param $pages i32) (param $page i32) (param $count i32) (result i64)
            (local $sum i64)
            (drop (memory.grow (local.get $pages)))
            (loop $next
              (call $charge (i64.const 7))
              (local.set $sum (call $mix (local.get $sum) (local.get $page)))
              (local.set $page (i32.add (local.get $page) (i32.const 1)))
              (local.set $count (i32.sub (local.get $count) (i32.const 1)))
              (br_if $next (local.get $count)))
            (local.get $sum)))
        """

    let storage: WatchedStorage
    let runner: JobRunner
    let id: String
    let key: ProgramKey

    /// - Parameters:
    ///   - stored: pages that the store has from the beginning.
    ///   - id: of a program that is there already, or is created.
    ///   - module: in the text format.
    ///   - isMeteredAtUpload: false for a program of a service that did not meter yet.
    convenience init(
        _ storage: any Storage, prefetch: Prefetch = .on, stored: [PageNumber] = [], id: String = "p",
        module: String = TestProgram.module, isMeteredAtUpload: Bool = true
    ) throws {
        let watched = WatchedStorage(storage)
        let runner = try JobRunner(
            storage: watched, cacheDirectory: nil, memoryLimit: 8192, prefetch: prefetch, log: { _ in })
        try self.init(
            watched, runner, stored: stored, id: id, module: module, isMeteredAtUpload: isMeteredAtUpload)
    }

    /// A program whose jobs a worker runs that runs others, too.
    init(
        _ storage: WatchedStorage, _ runner: JobRunner, stored: [PageNumber] = [], id: String = "p", module: String,
        isMeteredAtUpload: Bool = true
    ) throws {
        (self.storage, self.runner) = (storage, runner)
        self.id = id
        if let found = try storage.program(id: id) {
            key = found.key
            return
        }
        key = ProgramKey(bytes: UUIDv7.next().bytes)
        let module = try runner.inspect(code: Array(module.utf8), isText: true)
        try create(module, isMetered: isMeteredAtUpload, stored: stored)
    }

    private func create(_ module: InspectedModule, isMetered: Bool, stored: [PageNumber]) throws {
        let description = module.description
        let forms = module.meteredForms.map {
            MeteredCode(MeteredCodeForm(name: $0.name, weightsVersion: $0.weightsVersion), code: $0.code)
        }
        _ = try storage.createProgram(
            NewProgram(
                id: id, key: key, codeHash: description.hash, code: module.code,
                meteredCodes: isMetered ? forms : [], memorySize: description.memorySize,
                memoryMaximum: description.memoryMaximum, stackEnd: description.stackEnd ?? 0, interface: "[]",
                labels: "{}", createdAt: 0))
        guard !stored.isEmpty else { return }
        let job = JobRecord(
            id: UUIDv7.next().description, program: id, state: "finished", outcome: "success", createdAt: 0,
            finishedAt: 0, document: [])
        _ = try storage.commit(
            Commit(
                key: key, version: 0, memorySize: description.memorySize, pages: stored.map { ($0, samplePage($0)) },
                job: job))
    }

    /// - Parameter knownVersion: in which version the program is, as far as the job's server knows; it then names the
    ///   program's key as well.
    @discardableResult
    func run(
        _ entry: String, _ args: Int64..., gasLimit: UInt64 = 1_000_000_000_000, commit: Bool = false,
        knownVersion: Int64? = nil
    ) -> Job {
        let request = JobRequest(
            id: UUIDv7.next().description, program: id, programKey: knownVersion.map { _ in Data(key.bytes) },
            entry: entry, args: args.map { .integer($0) }, gasLimit: gasLimit, commit: commit, payload: Data(),
            pages: .data, timeoutMs: 60_000, createdAt: .now())
        let terms = RunTerms(queuedUs: 0, claim: nil, knownVersion: knownVersion)
        let outcome = runner.run(request, terms, progress: { _ in })
        guard var job = try? outcome.report.job() else { preconditionFailure("a job's document cannot be read") }
        // With what the document does not hold.
        job.counters = outcome.report.summary.counters
        return job
    }

    /// The newest bytes of each stored page.
    func storedMemory() throws -> [PageNumber: [UInt8]] {
        let pages = try storage.storedPages(of: key, after: nil, limit: .max).map(\.page)
        return Dictionary(
            uniqueKeysWithValues: try pages.map { ($0, try storage.pageData(of: key, page: $0)?.bytes ?? []) })
    }

    /// The pages behind the stack.
    static func pages(_ count: UInt32, from first: UInt32 = stackPages) -> [PageNumber] {
        (first..<first + count).map { PageNumber($0) }
    }
}

/// A page whose bytes tell its number, one in eight all zeros.
func samplePage(_ page: PageNumber) -> [UInt8] {
    if page.rawValue % 8 == 7 { return [UInt8](repeating: 0, count: PageSize.gear) }
    var bytes = [UInt8](repeating: 0, count: PageSize.gear)
    for place in stride(from: 0, to: bytes.count, by: 7) {
        bytes[place] = UInt8(truncatingIfNeeded: Int(page.rawValue) * 29 + place)
    }
    return bytes
}

/// What a job came to, but for times, ids and what its storage was asked: the same however pages were fetched.
struct JobEnd: Equatable {
    var outcome: JobOutcome?
    var status: ExecutionStatus
    var gas: Gas?
    var memory: MemoryShape?
    var accessed: [PageNumber]
    var written: [WrittenPage]
    var loaded: Int
    var results: [WasmNumber]
    var committed: Bool
    var version: Int64?
    var error: JobError?

    init(_ job: Job) {
        (outcome, status, gas, memory) = (job.outcome, job.status, job.gas, job.memory)
        (accessed, written, loaded) = (job.accessedPages, job.writeAccessedPages, job.loadedPages)
        (results, committed, version, error) = (job.results, job.committed, job.programVersion, job.error)
    }
}
