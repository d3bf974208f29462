import Foundation
import PageStorage
import Pages
import WorkerProtocol

/// What a job asks of the storage at least, through the storage library on one connection: it is accepted, and committed.
final class BareTransactions {
    private let storage: any ServiceStorage
    private let server = ServerID(bytes: UUIDv7.next().bytes)
    private let program: NewProgram
    private var version: Int64 = 0
    /// The first job takes the program's lane.
    private var intent = PostedJob.Intent.take

    init(_ location: StorageLocation) throws {
        let hash = "sha256:" + String(repeating: "0", count: 64)
        program = NewProgram(
            id: "bench-bare-\(UUIDv7.next())", key: ProgramKey(bytes: UUIDv7.next().bytes), codeHash: hash, code: [],
            memorySize: 8, memoryMaximum: 8, stackEnd: 0, interface: "{}", labels: "{}",
            createdAt: Timestamp.now().milliseconds)
        do throws(StorageError) {
            storage = try location.open()
            _ = try storage.createProgram(program)
            _ = try storage.registerServer(server, leaseMs: 3_600_000)
        } catch {
            throw Failure(.service, error.explanation)
        }
    }

    deinit {
        try? storage.unregisterServer(server)
        _ = try? storage.deleteProgram(id: program.id)
    }

    /// - Returns: jobs per second, one after another.
    func rate(pages: Int, seconds: Double) throws -> Double {
        let start = ContinuousClock.now
        var count = 0
        while .now - start < .seconds(seconds) {
            try runOne(pages: pages)
            count += 1
        }
        return Double(count) / ((.now - start) / .seconds(1))
    }

    /// - Returns: how long it took, in microseconds.
    @discardableResult
    func runOne(pages: Int) throws -> Double {
        let start = ContinuousClock.now
        do throws(StorageError) {
            try store(pages: pages)
        } catch {
            throw Failure(.service, error.explanation)
        }
        return (.now - start) / .microseconds(1)
    }

    private func store(pages: Int) throws(StorageError) {
        let now = Timestamp.now().milliseconds
        let id = UUIDv7.next().description
        let post = PostedJob(
            id: id, program: program.id, key: program.key, request: Self.request, intent: intent)
        guard case .claimed(_, let posted) = try storage.postJobs([post], by: server, wakesOthers: false).first else {
            throw .failed("a job of the measurement was not claimed")
        }
        intent = .hold(posted: posted)
        let job = JobRecord(
            id: id, program: program.id, state: "finished", outcome: "success", createdAt: now,
            finishedAt: now, document: Self.document)
        let contents = (0..<pages).map { (page: PageNumber(UInt32($0)), bytes: Self.page(version)) }
        let commit = Commit(key: program.key, version: version, memorySize: 8, pages: contents, job: job, claim: server)
        guard case .committed(let version) = try storage.commit(commit) else {
            throw .failed("a commit of the measurement was refused")
        }
        self.version = version
    }

    /// As large as the request of a job.
    private static let request = Array(String(repeating: "request ", count: 32).utf8)

    /// As large as the record of a job.
    private static let document = Array(String(repeating: "document ", count: 110).utf8)

    private static func page(_ version: Int64) -> [UInt8] {
        var page = [UInt8](repeating: 0, count: PageSize.gear)
        for index in 0..<8 { page[index] = UInt8(truncatingIfNeeded: version >> (8 * index)) }
        return page
    }
}
