import Pages

/// Identifies one upload of a program: an id that is deleted and taken again gets a new key, so a job of the old
/// program can never commit to the new one. 16 bytes, a UUIDv7.
public struct ProgramKey: Hashable, Sendable {
    /// In one piece: keys are compared and hashed at every turn.
    private let words: SIMD2<UInt64>

    public var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    /// - Precondition: exactly 16 bytes.
    public init(bytes: [UInt8]) {
        precondition(bytes.count == 16, "a program key has 16 bytes")
        words = bytes.withUnsafeBytes { $0.loadUnaligned(as: SIMD2<UInt64>.self) }
    }
}

/// A program to be stored. Memory is counted in WebAssembly pages.
public struct NewProgram: Sendable {
    public var id: String
    public var key: ProgramKey
    /// SHA-256 of the module in lower-case hex.
    public var codeHash: String
    public var code: [UInt8]
    /// The same module with its metering; none for one that meters itself.
    public var meteredCodes: [MeteredCode]
    public var memorySize: UInt32
    public var memoryMaximum: UInt32
    public var stackEnd: UInt32
    /// Entries and what else jobs need to know of the module: JSON that the storage keeps as it is.
    public var interface: String
    /// JSON that the storage keeps as it is.
    public var labels: String
    /// Milliseconds since 1970.
    public var createdAt: Int64

    public init(
        id: String, key: ProgramKey, codeHash: String, code: [UInt8], meteredCodes: [MeteredCode] = [],
        memorySize: UInt32, memoryMaximum: UInt32, stackEnd: UInt32, interface: String, labels: String, createdAt: Int64
    ) {
        self.id = id
        self.key = key
        self.codeHash = codeHash
        self.code = code
        self.meteredCodes = meteredCodes
        self.memorySize = memorySize
        self.memoryMaximum = memoryMaximum
        self.stackEnd = stackEnd
        self.interface = interface
        self.labels = labels
        self.createdAt = createdAt
    }
}

/// A stored program.
public struct ProgramRecord: Sendable, Equatable {
    public var id: String
    public var key: ProgramKey
    public var codeHash: String
    /// The module's size in bytes.
    public var codeSize: Int
    /// The module's metered forms, as far as there are any, of every version of the weights.
    public var meteredCodes: [MeteredCodeSize]
    public var memorySize: UInt32
    public var memoryMaximum: UInt32
    public var stackEnd: UInt32
    /// How many pages the store has bytes for.
    public var storedPages: Int
    /// 0 when new, one more at each commit with a written page or a new memory size.
    public var version: Int64
    public var interface: String
    public var labels: String
    /// Milliseconds since 1970.
    public var createdAt: Int64
    public var updatedAt: Int64

    public init(
        id: String, key: ProgramKey, codeHash: String, codeSize: Int, meteredCodes: [MeteredCodeSize] = [],
        memorySize: UInt32, memoryMaximum: UInt32, stackEnd: UInt32, storedPages: Int, version: Int64,
        interface: String, labels: String, createdAt: Int64, updatedAt: Int64
    ) {
        self.id = id
        self.key = key
        self.codeHash = codeHash
        self.codeSize = codeSize
        self.meteredCodes = meteredCodes
        self.memorySize = memorySize
        self.memoryMaximum = memoryMaximum
        self.stackEnd = stackEnd
        self.storedPages = storedPages
        self.version = version
        self.interface = interface
        self.labels = labels
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

extension ProgramRecord {
    /// A program as it is right after it was stored.
    init(created program: NewProgram) {
        self.init(
            id: program.id, key: program.key, codeHash: program.codeHash, codeSize: program.code.count,
            meteredCodes: program.meteredCodes.map { MeteredCodeSize($0.form, size: $0.code.count) },
            memorySize: program.memorySize, memoryMaximum: program.memoryMaximum, stackEnd: program.stackEnd,
            storedPages: 0, version: 0, interface: program.interface, labels: program.labels,
            createdAt: program.createdAt, updatedAt: program.createdAt)
    }
}

/// A page that the store has bytes for, and the program version that wrote it.
public struct StoredPage: Sendable, Equatable {
    public var page: PageNumber
    public var version: Int64

    public init(page: PageNumber, version: Int64) {
        self.page = page
        self.version = version
    }
}

public struct StoredPageData: Sendable, Equatable {
    public var version: Int64
    public var bytes: [UInt8]

    public init(version: Int64, bytes: [UInt8]) {
        self.version = version
        self.bytes = bytes
    }
}

/// The pages that the store has bytes for, as of one version of a program.
///
/// Key, version and time of change identify them: whatever changes them raises the version, and a program that is created
/// again has another key. The time tells apart versions of the same number where a backup was restored in between.
public struct StoredPageList: Sendable, Equatable {
    public var key: ProgramKey
    public var version: Int64
    /// When that version was stored, in milliseconds since 1970.
    public var updatedAt: Int64
    /// Ascending.
    public var pages: [PageNumber]

    public init(key: ProgramKey, version: Int64, updatedAt: Int64, pages: [PageNumber]) {
        self.key = key
        self.version = version
        self.updatedAt = updatedAt
        self.pages = pages
    }
}

/// What a job starts from: the program as of one version.
public struct ExecutionStart: Sendable, Equatable {
    public var key: ProgramKey
    public var codeHash: String
    public var version: Int64
    /// When that version was stored, in milliseconds since 1970.
    public var updatedAt: Int64
    /// In WebAssembly pages.
    public var memorySize: UInt32
    public var memoryMaximum: UInt32
    public var stackEnd: UInt32
    /// Pages of memory that the program has freed: bytes that the storage keeps as they are, at first none.
    public var holes: [UInt8]
    /// Every page that the store has bytes for, ascending: asking whether a page exists then costs nothing.
    public var storedPages: [PageNumber]

    public init(
        key: ProgramKey, codeHash: String, version: Int64, updatedAt: Int64, memorySize: UInt32,
        memoryMaximum: UInt32, stackEnd: UInt32, holes: [UInt8] = [], storedPages: [PageNumber]
    ) {
        self.key = key
        self.codeHash = codeHash
        self.version = version
        self.updatedAt = updatedAt
        self.memorySize = memorySize
        self.memoryMaximum = memoryMaximum
        self.stackEnd = stackEnd
        self.holes = holes
        self.storedPages = storedPages
    }
}

/// What reading a page as of a version found.
public enum PageRead: Sendable, Equatable {
    /// The page's bytes are in the buffer.
    case found
    /// Never stored, or freed.
    case notStored
    /// The row holds this many bytes instead of one page; the buffer is as it was.
    case wrongSize(Int)
    /// A newer version than asked for has written the page: the job must start over.
    case changed
}

/// The end of a job that changes its program.
public struct Commit: Sendable {
    public var key: ProgramKey
    /// The version that the job started from.
    public var version: Int64
    /// The memory size after the job, in WebAssembly pages.
    public var memorySize: UInt32
    /// Pages of memory that are free after the job, as bytes that the storage keeps as they are.
    public var holes: [UInt8]
    /// Every write-accessed page, ascending, each of the Gear page size.
    public var pages: [(page: PageNumber, bytes: [UInt8])]
    /// Pages whose bytes go, none of which is among `pages`: they count as never stored from the new version on.
    public var freedPages: [PageNumber]
    /// The job as it will be when this commit is done.
    public var job: JobRecord
    /// The server that has claimed the job, without which nothing is stored; nil for a job that was never queued.
    public var claim: ServerID?

    public init(
        key: ProgramKey, version: Int64, memorySize: UInt32, holes: [UInt8] = [],
        pages: [(page: PageNumber, bytes: [UInt8])], freedPages: [PageNumber] = [], job: JobRecord,
        claim: ServerID? = nil
    ) {
        self.key = key
        self.version = version
        self.memorySize = memorySize
        self.holes = holes
        self.pages = pages
        self.freedPages = freedPages
        self.job = job
        self.claim = claim
    }
}

public enum CommitResult: Sendable, Equatable {
    /// Durable; the program's new version.
    case committed(version: Int64)
    /// The program has another version by now; nothing was stored.
    case conflict
    /// There is no such program any more; nothing was stored.
    case programDeleted
    /// The job's id has a record already: someone else has declared it ended. Nothing was stored.
    case jobAlreadyRecorded
    /// The job has not ended and is not the server's any more: another one has claimed it, or will. Nothing was stored.
    case claimLost
}

public enum RecordResult: Sendable, Equatable {
    /// Durable.
    case recorded
    /// There is a record with this id already, which stays as it is.
    case alreadyRecorded
    /// The job has not ended and is not the server's any more. Nothing was stored.
    case claimLost
}

/// A job that has come to its end, as stored: the columns that are searched, and the whole as JSON.
public struct JobRecord: Sendable, Equatable {
    /// A UUIDv7 in its textual form, so that ids sort by time.
    public var id: String
    public var program: String
    public var state: String
    public var outcome: String?
    /// Milliseconds since 1970.
    public var createdAt: Int64
    public var finishedAt: Int64
    /// The job as the API answers it, without page data.
    public var document: [UInt8]

    public init(
        id: String, program: String, state: String, outcome: String?, createdAt: Int64, finishedAt: Int64,
        document: [UInt8]
    ) {
        self.id = id
        self.program = program
        self.state = state
        self.outcome = outcome
        self.createdAt = createdAt
        self.finishedAt = finishedAt
        self.document = document
    }
}

/// Which jobs to list; nil means any.
public struct JobFilter: Sendable {
    public var program: String?
    /// Jobs of these programs only; nil for all.
    public var programs: [ProgramPattern]?
    public var state: String?
    public var outcome: String?
    /// Created at or after, in milliseconds since 1970.
    public var since: Int64?

    public init(program: String? = nil, state: String? = nil, outcome: String? = nil, since: Int64? = nil) {
        self.program = program
        self.state = state
        self.outcome = outcome
        self.since = since
    }
}

extension JobFilter {
    /// How much the time in a job's id may differ from the time of its creation, in milliseconds: a server's clock may have
    /// been wrong.
    static let idSlack: Int64 = 3_600_000
}
