/// The durable queue: jobs from their acceptance to their end, and which server holds which of them.
///
/// Several servers share it. Each has a lease, which it renews; what a server holds is free again when its lease has run
/// out. The jobs of one program are its *lane*: the server that holds the lane runs them, in the order of their positions,
/// and no other server does. A job that a server has claimed ends only by that server's hand (`Commit.claim`,
/// `recordJob`), or by being cancelled: whoever has lost the claim changes nothing any more.
///
/// Clocks are the storage's.
public protocol QueueStorage: AnyObject {
    // MARK: Servers

    /// Begins the life of a server.
    /// - Returns: the storage's clock, in milliseconds since 1970.
    func registerServer(_ server: ServerID, leaseMs: Int64) throws(StorageError) -> Int64

    /// Prolongs a server's lease, notes which jobs run and whether the server is idle, and frees what servers held whose
    /// leases have run out.
    ///
    /// A lease that has run out without anyone having noticed goes on. None runs out while the storage is down.
    /// - Parameter running: ids of jobs, and when they began in milliseconds since 1970.
    func renewLease(
        _ server: ServerID, leaseMs: Int64, running: [(job: String, startedAt: Int64)], isIdle: Bool
    ) throws(StorageError) -> LeaseRenewal

    /// Notes which jobs run, without a renewal.
    /// - Parameters:
    ///   - running: ids of jobs, and when they began in milliseconds since 1970.
    ///   - waiting: ids of other jobs that the server holds.
    /// - Returns: those of all these that are not the server's, or have ended.
    func noteRunning(
        _ running: [(job: String, startedAt: Int64)], waiting: [String], by server: ServerID
    ) throws(StorageError) -> [String]

    /// Looks who else is there: much less than a renewal.
    /// - Parameter isIdle: what the others are to know of this server; nil to leave it as it is.
    func otherServers(than server: ServerID, isIdle: Bool?) throws(StorageError) -> OtherServers

    /// Ends the life of a server; what it still holds is free.
    func unregisterServer(_ server: ServerID) throws(StorageError)

    // MARK: Jobs

    /// Accepts jobs, each for itself, in one transaction and (PostgreSQL) one round trip: what is answered is durable.
    /// Positions ascend in the order of the list.
    /// - Parameter wakesOthers: tell servers that wait for jobs, if one is left for them.
    func postJobs(
        _ jobs: [PostedJob], by server: ServerID, wakesOthers: Bool
    ) throws(StorageError) -> [PostedOutcome]

    /// Claims jobs of lanes that no server holds, those first that have waited longest, and new jobs of lanes that the
    /// server holds already: of those one may come without jobs, since they were cancelled, and with its new number.
    /// - Parameters:
    ///   - lanes: how many lanes at most.
    ///   - jobsPerLane: how many jobs of each at most.
    func claimLanes(
        by server: ServerID, lanes: Int, jobsPerLane: Int
    ) throws(StorageError) -> [ClaimedLane]

    /// Claims the next jobs of lanes that the server holds: of those asked for, and of others that jobs were posted to.
    /// - Parameters:
    ///   - limit: how many of those others at most.
    ///   - jobsPerLane: how many jobs of each at most.
    /// - Returns: the lanes, with jobs or without. Those asked for that are not among them the server does not hold (any
    ///   more).
    func claimMore(
        of keys: [ProgramKey], orWaiting limit: Int, by server: ServerID, jobsPerLane: Int
    ) throws(StorageError) -> [ClaimedLane]

    /// Gives lanes up in which the server has nothing left to do: no claimed job, and no post under way that holds the lane.
    /// - Returns: those that it still holds, since jobs were posted to them meanwhile.
    func releaseLanes(
        _ lanes: [(key: ProgramKey, posted: Int64)], by server: ServerID
    ) throws(StorageError) -> [ProgramKey]

    /// Gives lanes up with all jobs that the server has claimed of them, none of which it has begun.
    /// Servers that wait for jobs are told.
    func giveBackLanes(_ lanes: [ProgramKey], by server: ServerID) throws(StorageError)

    /// Frees what the server holds without knowing it: a post or a claim that threw `unavailable` may have been done all the
    /// same. No other call of the server that posts or claims may be under way.
    /// - Parameters:
    ///   - jobs: the ids of all claimed jobs that the server knows of.
    ///   - lanes: the lanes that it knows of.
    func releaseUnknown(
        knownJobs jobs: [String], knownLanes lanes: [ProgramKey], by server: ServerID
    ) throws(StorageError)

    /// Waits until someone has told that there are jobs to be claimed, or the time is over: another server, or this one.
    /// That nothing was told does not mean that there is nothing: it is looked for all the same from time to time.
    /// - Returns: whether something was told.
    func waitForPostedJobs(within limit: Duration) throws(StorageError) -> Bool

    /// Counts a begin of a job.
    /// - Returns: how many there were, with this one; nil if the server does not hold the job (any more).
    func countAttempt(of job: String, by server: ServerID) throws(StorageError) -> Int?

    /// Ends a job that waits or runs, whoever holds it.
    /// - Parameter record: the job as it is to be kept.
    /// - Returns: false if it has ended already, or never was.
    func cancelJob(_ record: JobRecord) throws(StorageError) -> Bool

    func queuedJob(id: String) throws(StorageError) -> QueuedJob?

    /// Newest first, by id, those before `id`.
    func queuedJobs(_ filter: JobFilter, before id: String?, limit: Int) throws(StorageError) -> [QueuedJob]

    /// How many jobs of the program wait to be claimed; counts no further than `limit`.
    func queuedJobs(of key: ProgramKey, upTo limit: Int) throws(StorageError) -> Int
}
