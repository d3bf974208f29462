import Pages

/// Where programs, their pages and jobs live. PostgreSQL and SQLite implement it alike, and one test suite holds both to it.
///
/// A value is one connection: every call blocks, and only one thread may use it at a time. Reads check themselves
/// against the program version that a job started from, so no transaction is open while a program runs.
public protocol Storage: AnyObject {
    /// Creates or migrates the tables, under a lock that several starting services share.
    func migrate() throws(StorageError)

    /// Succeeds if the storage answers.
    func ping() throws(StorageError)

    // MARK: Programs

    /// Stores a program and, if no other program has the same, its code.
    /// - Throws: `programExists` if the id is taken.
    func createProgram(_ program: NewProgram) throws(StorageError) -> ProgramRecord

    func program(id: String) throws(StorageError) -> ProgramRecord?

    /// Only the program's key and interface, which every job is checked against: unlike the whole record it costs the same
    /// however many pages are stored.
    func programInterface(id: String) throws(StorageError) -> (key: ProgramKey, interface: String)?

    /// By id, ascending, those behind `id`.
    /// - Parameter patterns: only programs that one of them matches; nil for all.
    func programs(
        after id: String?, among patterns: [ProgramPattern]?, limit: Int
    ) throws(StorageError) -> [ProgramRecord]

    /// Deletes the program with its pages, and its code if no other program has the same. Its jobs stay.
    /// - Returns: its key; nil if there is none.
    func deleteProgram(id: String) throws(StorageError) -> ProgramKey?

    /// Pages of the program that the store has bytes for, ascending, those behind `page`.
    func storedPages(of key: ProgramKey, after page: PageNumber?, limit: Int) throws(StorageError) -> [StoredPage]

    /// The newest bytes of a page; nil if the store has none.
    func pageData(of key: ProgramKey, page: PageNumber) throws(StorageError) -> StoredPageData?

    /// Stores one page from outside a job and raises the program's version.
    /// - Returns: the new version; nil if there is no such program (any more).
    func putPage(of key: ProgramKey, page: PageNumber, bytes: [UInt8]) throws(StorageError) -> Int64?

    // MARK: Executions

    /// What a job starts from, in one round trip; nil if there is no such program.
    /// - Parameter known: stored pages that the caller knows; if they are those of the program as it is, the
    ///   storage takes them over instead of listing them.
    func beginExecution(program id: String, known: StoredPageList?) throws(StorageError) -> ExecutionStart?

    /// The binary module; nil if no program has it (any more).
    func code(hash: String) throws(StorageError) -> [UInt8]?

    /// A metered form of the module; nil if it is not stored.
    func meteredCode(of hash: String, form: MeteredCodeForm) throws(StorageError) -> [UInt8]?

    /// Stores a metered form of a module, if there is a program that has the module and the form is not stored yet.
    func storeMeteredCode(_ metered: MeteredCode, of hash: String) throws(StorageError)

    /// Copies a page, as of `version`, to `buffer`, which holds exactly one page.
    func readPage(
        of key: ProgramKey, page: PageNumber, asOf version: Int64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> PageRead

    /// Reads many pages in one query. A page that is missing, or changed since `version`, is found out when it is taken
    /// out of the batch, and not before.
    func readPages(
        of key: ProgramKey, pages: [PageNumber], asOf version: Int64
    ) throws(StorageError) -> any PageBatch

    /// Stores a job's pages, the memory's size and holes, and the job itself in one transaction and one round trip, if the
    /// program's version is still the one that the job started from.
    ///
    /// When the connection is lost while the commit is under way, its fate is found out (by the job's record) before
    /// this returns or throws.
    func commit(_ commit: Commit) throws(StorageError) -> CommitResult

    /// Stores several commits, of different programs, for less than they cost one by one: each holds or fails by itself, as
    /// if alone.
    /// - Returns: what became of each, in their order.
    func commitTogether(_ commits: [Commit]) -> [Result<CommitResult, StorageError>]

    // MARK: Jobs

    /// Stores a job that commits nothing.
    ///
    /// A commit under way that holds the same id is waited for: after this call it is certain which of the two came first.
    /// - Parameter claim: the server that has claimed the job, without which nothing is stored; nil for a job that was never
    ///   queued.
    func recordJob(_ job: JobRecord, claim: ServerID?) throws(StorageError) -> RecordResult

    func job(id: String) throws(StorageError) -> JobRecord?

    /// Newest first, by id, those before `id`.
    func jobs(_ filter: JobFilter, before id: String?, limit: Int) throws(StorageError) -> [JobRecord]
}

extension Storage {
    public func programs(after id: String?, limit: Int) throws(StorageError) -> [ProgramRecord] {
        try programs(after: id, among: nil, limit: limit)
    }

    /// What a job starts from, for a caller who knows nothing of the program.
    public func beginExecution(program id: String) throws(StorageError) -> ExecutionStart? {
        try beginExecution(program: id, known: nil)
    }

    public func commitTogether(_ commits: [Commit]) -> [Result<CommitResult, StorageError>] {
        commitEach(commits) { commit throws(StorageError) in try self.commit(commit) }
    }

    /// Commits one after another. When the storage is away for one it is not waited for again for those behind it.
    func commitEach(
        _ commits: [Commit], _ store: (Commit) throws(StorageError) -> CommitResult
    ) -> [Result<CommitResult, StorageError>] {
        var outage: StorageError?
        return commits.map { commit in
            if let outage { return .failure(outage) }
            do throws(StorageError) {
                return .success(try store(commit))
            } catch {
                if case .unavailable = error { outage = error }
                return .failure(error)
            }
        }
    }

    /// Stores a job that was never queued and commits nothing.
    /// - Returns: false if a record with this id is there already, which then stays as it is.
    @discardableResult
    public func recordJob(_ job: JobRecord) throws(StorageError) -> Bool {
        try recordJob(job, claim: nil) == .recorded
    }
}
