import PageStorage
import WorkerProtocol

/// A job that this server has claimed: nobody else runs it as long as the claim stands.
///
/// One object from its acceptance to its end: it is handed on often, and has many parts.
final class HeldJob: Sendable {
    let request: JobRequest
    let stored: StoredRequest
    let key: ProgramKey
    /// The server's life that has claimed it.
    let claim: ServerID
    let position: Int64
    /// How often it was begun and came to no end, as far as this server knows.
    let attempts: Int
    /// Its next begin is to be counted in the storage first: the job may end the whole server.
    let isSuspect: Bool
    let heldSince: ContinuousClock.Instant
    /// From its acceptance until it was claimed, by the storage's clock.
    let waitedBefore: Duration

    var id: String { request.id }
    /// Of its request.
    var bytes: Int { stored.bytes.count }

    /// A job that was accepted and claimed in one go.
    init(
        _ request: JobRequest, _ stored: StoredRequest, key: ProgramKey, claim: ServerID,
        _ acceptance: PostedOutcome.Acceptance, isSuspect: Bool = false
    ) {
        self.request = request
        self.stored = stored
        self.key = key
        self.claim = claim
        position = acceptance.position
        attempts = 0
        self.isSuspect = isSuspect
        heldSince = .now
        waitedBefore = .zero
    }

    /// The same job, once it is counted that it was begun so often.
    init(_ job: HeldJob, attempts: Int) {
        (request, stored, key, claim, position) = (job.request, job.stored, job.key, job.claim, job.position)
        (heldSince, waitedBefore) = (job.heldSince, job.waitedBefore)
        self.attempts = attempts
        isSuspect = false
    }

    /// A job that has waited in the storage.
    /// - Parameter now: by the storage's clock, in milliseconds since 1970.
    init(_ queued: QueuedJob, claim: ServerID, now: Int64) throws(MessageError) {
        stored = StoredRequest(bytes: queued.request)
        request = try stored.request()
        key = queued.key
        self.claim = claim
        position = queued.position
        attempts = queued.attempts
        isSuspect = queued.isSuspect
        heldSince = .now
        waitedBefore = .milliseconds(max(0, now - queued.acceptedAt))
    }

    /// How long it has waited since it was accepted.
    func waited(until moment: ContinuousClock.Instant) -> Duration { waitedBefore + (moment - heldSince) }
}
