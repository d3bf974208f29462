import Foundation
import PageStorage

func sampleServer() -> ServerID { ServerID(bytes: UUID().rawBytes) }

extension UUID {
    var rawBytes: [UInt8] { withUnsafeBytes(of: uuid) { Array($0) } }
}

func samplePost(
    _ program: ProgramRecord, _ intent: PostedJob.Intent = .take, id: String = jobID(), key: IdempotencyKey? = nil,
    callbackURL: String? = nil
) -> PostedJob {
    PostedJob(
        id: id, program: program.id, key: program.key, request: Array("request of \(id)".utf8), idempotency: key,
        callbackURL: callbackURL, intent: intent)
}

extension PostedOutcome {
    /// What a claimed job's lane had for a number; nil if it was not claimed.
    var claimedPosted: Int64? {
        guard case .claimed(_, let posted) = self else { return nil }
        return posted
    }

    var isWaiting: Bool {
        guard case .waiting = self else { return false }
        return true
    }

    var position: Int64? {
        switch self {
        case .waiting(let acceptance), .claimed(let acceptance, _): acceptance.position
        case .repeated, .keyReused, .programGone: nil
        }
    }
}

/// A storage with programs and servers whose leases run.
struct TestQueue: Sendable {
    let test: TestStorage
    let programs: [ProgramRecord]
    let servers: [ServerID]

    init(_ kind: StorageKind, programs: Int = 1, servers: Int = 1, leaseMs: Int64 = 600_000) throws {
        test = try TestStorage(kind)
        let storage = try test.open()
        self.programs = try (0..<programs).map { try storage.createProgram(sampleProgram("p\($0)")) }
        self.servers = (0..<servers).map { _ in sampleServer() }
        for server in self.servers { _ = try storage.registerServer(server, leaseMs: leaseMs) }
    }

    func open() throws(StorageError) -> any ServiceStorage { try test.open() }

    /// Has a server's lease run out, as another server notices.
    func expire(_ server: ServerID, noticedBy other: ServerID) throws -> LeaseRenewal {
        try expire(server)
        // A lease longer than the database is up has not run out.
        _ = try open().renew(other, leaseMs: 1)
        return try open().renew(other)
    }

    func expire(_ server: ServerID) throws {
        let id = server.bytes.map { String(format: "%02x", $0) }.joined()
        switch test.location {
        case .postgres: try test.sql("UPDATE servers SET lease_until = now() - interval '1 h' WHERE id = '\(id)'")
        case .sqlite: try test.sql("UPDATE servers SET lease_until = 1 WHERE id = x'\(id)'")
        }
    }
}

extension QueueStorage {
    func post(_ job: PostedJob, by server: ServerID) throws(StorageError) -> PostedOutcome {
        try postJobs([job], by: server, wakesOthers: false)[0]
    }

    /// Claims more jobs of one lane; nil if the server does not hold it.
    func claimMore(of key: ProgramKey, by server: ServerID, jobs: Int) throws(StorageError) -> ClaimedLane? {
        try claimMore(of: [key], orWaiting: 0, by: server, jobsPerLane: jobs).first
    }

    func renew(_ server: ServerID, running: [String] = [], leaseMs: Int64 = 600_000) throws(StorageError)
        -> LeaseRenewal
    {
        try renewLease(server, leaseMs: leaseMs, running: running.map { ($0, 1_700_000_000_000) }, isIdle: false)
    }
}
