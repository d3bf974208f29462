import Foundation
import Pages

/// A job as clients see it: the answer to the `POST` that ran it, and but for page data what `GET /v1/jobs/{id}` shows.
public struct Job: Codable, Sendable {
    public var id: String
    public var program: String
    public var entry: String
    public var state: JobState
    @ExplicitNull public var outcome: JobOutcome?
    public var status: ExecutionStatus
    /// Before the job's end nothing is burned; of a job that its time-out stopped nobody knows how much was, so that its
    /// whole limit counts as burned.
    public var gas: Gas
    /// The memory after the job; null where the program did not start.
    @ExplicitNull public var memory: MemoryShape?
    public var accessedPages: [PageNumber]
    /// The first 256 faults, in the order in which they struck; nil for a job of a version that did not note them.
    public var faults: [JobFault]?
    public var writeAccessedPages: [WrittenPage]
    public var loadedPages: Int
    public var results: [WasmNumber]
    @ExplicitNull public var reply: Reply?
    /// In the order in which they were sent.
    public var messages: [Message]
    public var logs: [String]
    public var committed: Bool
    /// The program's version after the job.
    @ExplicitNull public var programVersion: Int64?
    @ExplicitNull public var error: JobError?
    /// What the program was told; null where it did not start.
    @ExplicitNull public var context: JobContext?
    /// Null for a job that no request has posted.
    @ExplicitNull public var origin: JobOrigin?
    public var createdAt: Timestamp
    @ExplicitNull public var startedAt: Timestamp?
    @ExplicitNull public var finishedAt: Timestamp?
    public var timingsUs: JobTimings
    /// Null where the program did not start, or where its worker was stopped before it could say.
    @ExplicitNull public var counters: JobCounters?

    /// A job that has not run yet.
    public init(_ request: JobRequest) {
        id = request.id
        program = request.program
        entry = request.entry
        state = .queued
        status = .normal
        gas = Gas(limit: request.gasLimit, left: request.gasLimit, pages: ChargeCounts())
        accessedPages = []
        faults = []
        writeAccessedPages = []
        loadedPages = 0
        results = []
        messages = []
        logs = []
        committed = false
        origin = request.origin
        createdAt = request.createdAt
        timingsUs = JobTimings()
    }
}

public enum JobState: String, Codable, Sendable, CaseIterable {
    case queued, running
    /// The program came to an end, whatever end.
    case finished
    /// The service could not run it.
    case failed
    case cancelled
}

/// How the program came to its end.
public enum JobOutcome: String, Codable, Sendable, CaseIterable {
    case success, exit, waiting
    case gasLimitExceeded = "gas_limit_exceeded"
    case trap, panic
    case memoryOutOfBounds = "memory_out_of_bounds"
    case timeout

    /// Whether a job that ends so stores its pages.
    public var commits: Bool {
        switch self {
        case .success, .exit, .waiting: true
        case .gasLimitExceeded, .trap, .panic, .memoryOutOfBounds, .timeout: false
        }
    }
}

/// The engine's status of an execution.
public enum ExecutionStatus: String, Codable, Sendable {
    case normal
    case gasLimitExceeded = "gas_limit_exceeded"
}

/// What a job burned: `burned + left = limit`, always.
public struct Gas: Codable, Sendable, Equatable {
    public var limit: UInt64
    public var burned: UInt64
    public var left: UInt64
    /// How often each of the seven page costs was charged.
    public var pages: ChargeCounts
    /// The version of the instructions' weights; null for a module that meters itself, and where the program did not
    /// come to its end.
    @ExplicitNull public var weightsVersion: Int?

    public init(limit: UInt64, left: UInt64, pages: ChargeCounts, weightsVersion: Int? = nil) {
        self.limit = limit
        self.left = left
        self.burned = limit - left
        self.pages = pages
        self.weightsVersion = weightsVersion
    }
}

/// Memory size and stack end in WebAssembly pages.
public struct MemoryShape: Codable, Sendable, Equatable {
    public var size: UInt32
    public var stackEnd: UInt32

    public init(size: UInt32, stackEnd: UInt32) {
        self.size = size
        self.stackEnd = stackEnd
    }
}

/// A write-accessed page; `data` only in the answer to the `POST` that ran the job, if it asked for it.
public struct WrittenPage: Codable, Sendable, Equatable {
    public var page: PageNumber
    public var data: Data?

    public init(page: PageNumber, data: Data? = nil) {
        self.page = page
        self.data = data
    }
}

/// Why a job did not end well.
public struct JobError: Codable, Sendable, Equatable {
    /// Stable, for programs: the outcome, or for a failed job the code of its problem document.
    public var code: String
    /// For people.
    public var message: String
    /// The kind of trap, in Wasmtime's terms.
    public var trap: String?
    /// The function where a trap struck: its name, or its index.
    public var function: String?
    /// Where in the module the trap struck, in bytes from its start.
    public var codeOffset: UInt64?

    /// Of a job whose program was deleted, whoever notices it.
    public static let programDeleted = JobError(
        code: "program_deleted", message: "the program was deleted before its job could be stored")

    public init(
        code: String, message: String, trap: String? = nil, function: String? = nil, codeOffset: UInt64? = nil
    ) {
        self.code = code
        self.message = message
        self.trap = trap
        self.function = function
        self.codeOffset = codeOffset
    }
}

/// Where a job's time went, in microseconds; null for a step that was not reached.
public struct JobTimings: Codable, Sendable, Equatable {
    @ExplicitNull public var queued: UInt64?
    /// Reading the program's row and bringing its module and memory up.
    @ExplicitNull public var load: UInt64?
    @ExplicitNull public var execute: UInt64?
    @ExplicitNull public var commit: UInt64?

    public init() {}
}
