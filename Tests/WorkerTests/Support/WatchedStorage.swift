import PageStorage
import Pages

/// A storage that notes which pages each query asks for, and does something before it if told so.
final class WatchedStorage: Storage {
    let storage: any Storage
    /// The pages of each query.
    private(set) var queries: [[PageNumber]] = []
    private(set) var begins = 0
    /// How often a list of stored pages was known already.
    private(set) var knownLists = 0
    /// Called before each query for pages.
    var willRead: ([PageNumber]) throws(StorageError) -> Void = { _ in }

    init(_ storage: any Storage) { self.storage = storage }

    func reset() { (queries, begins, knownLists) = ([], 0, 0) }

    func beginExecution(program id: String, known: StoredPageList?) throws(StorageError) -> ExecutionStart? {
        begins += 1
        let start = try storage.beginExecution(program: id, known: known)
        if let known, let start, known.key == start.key, known.version == start.version { knownLists += 1 }
        return start
    }

    func readPage(
        of key: ProgramKey, page: PageNumber, asOf version: Int64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> PageRead {
        queries.append([page])
        try willRead([page])
        return try storage.readPage(of: key, page: page, asOf: version, into: buffer)
    }

    func readPages(
        of key: ProgramKey, pages: [PageNumber], asOf version: Int64
    ) throws(StorageError) -> any PageBatch {
        queries.append(pages)
        try willRead(pages)
        return try storage.readPages(of: key, pages: pages, asOf: version)
    }

    // MARK: Passed on

    func migrate() throws(StorageError) { try storage.migrate() }
    func ping() throws(StorageError) { try storage.ping() }

    func createProgram(_ program: NewProgram) throws(StorageError) -> ProgramRecord {
        try storage.createProgram(program)
    }

    func program(id: String) throws(StorageError) -> ProgramRecord? { try storage.program(id: id) }

    func programInterface(id: String) throws(StorageError) -> (key: ProgramKey, interface: String)? {
        try storage.programInterface(id: id)
    }

    func meteredCode(of hash: String, form: MeteredCodeForm) throws(StorageError) -> [UInt8]? {
        try storage.meteredCode(of: hash, form: form)
    }

    func storeMeteredCode(_ metered: MeteredCode, of hash: String) throws(StorageError) {
        try storage.storeMeteredCode(metered, of: hash)
    }

    func programs(
        after id: String?, among patterns: [ProgramPattern]?, limit: Int
    ) throws(StorageError) -> [ProgramRecord] {
        try storage.programs(after: id, limit: limit)
    }

    func deleteProgram(id: String) throws(StorageError) -> ProgramKey? { try storage.deleteProgram(id: id) }

    func storedPages(of key: ProgramKey, after page: PageNumber?, limit: Int) throws(StorageError) -> [StoredPage] {
        try storage.storedPages(of: key, after: page, limit: limit)
    }

    func pageData(of key: ProgramKey, page: PageNumber) throws(StorageError) -> StoredPageData? {
        try storage.pageData(of: key, page: page)
    }

    func putPage(of key: ProgramKey, page: PageNumber, bytes: [UInt8]) throws(StorageError) -> Int64? {
        try storage.putPage(of: key, page: page, bytes: bytes)
    }

    func code(hash: String) throws(StorageError) -> [UInt8]? { try storage.code(hash: hash) }
    func commit(_ commit: Commit) throws(StorageError) -> CommitResult { try storage.commit(commit) }

    func recordJob(_ job: JobRecord, claim: ServerID?) throws(StorageError) -> RecordResult {
        try storage.recordJob(job, claim: claim)
    }

    func job(id: String) throws(StorageError) -> JobRecord? { try storage.job(id: id) }

    func jobs(_ filter: JobFilter, before id: String?, limit: Int) throws(StorageError) -> [JobRecord] {
        try storage.jobs(filter, before: id, limit: limit)
    }
}
