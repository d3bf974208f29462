import PageStorage
import WorkerProtocol

/// A job that this server has claimed: nobody else runs it as long as the claim stands.
struct HeldJob: Sendable {
    let request: JobRequest
    let stored: StoredRequest
    let key: ProgramKey
    /// The server's life that has claimed it.
    let claim: ServerID
    let position: Int64
    /// How often it was begun and came to no end, as far as this server knows.
    var attempts: Int
    /// Its next begin is to be counted in the storage first: the job may end the whole server.
    var isSuspect: Bool
    let heldSince: ContinuousClock.Instant
    /// From its acceptance until it was claimed, by the storage's clock.
    let waitedBefore: Duration

    var id: String { request.id }

    /// A job that was accepted and claimed in one go.
    init(
        _ request: JobRequest, _ stored: StoredRequest, key: ProgramKey, claim: ServerID,
        _ acceptance: PostedOutcome.Acceptance
    ) {
        self.request = request
        self.stored = stored
        self.key = key
        self.claim = claim
        position = acceptance.position
        attempts = 0
        isSuspect = false
        heldSince = .now
        waitedBefore = .zero
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
