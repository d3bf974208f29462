import Foundation
import Pages

/// A job as the server hands it to a worker: accepted, checked, and not yet run.
public struct JobRequest: Codable, Sendable {
    /// A UUIDv7 in its textual form.
    public var id: String
    /// The program's id.
    public var program: String
    /// The key of the program that the job was accepted for, 16 bytes; nil for whatever has the id when the job runs.
    public var programKey: Data?
    /// The exported function to call.
    public var entry: String
    /// The entry's parameters, in order.
    public var args: [WasmNumber]
    /// What the job may burn, 0 to 2^53 − 1.
    public var gasLimit: UInt64
    /// False for a dry run.
    public var commit: Bool
    /// The input that the program reads.
    public var payload: Data
    public var context: StatedContext
    /// How much of the written pages comes back.
    public var pages: PageDetail
    public var timeoutMs: UInt64
    /// When the server accepted the job.
    public var createdAt: Timestamp
    /// Nil for a job that no request has posted.
    public var origin: JobOrigin?

    public init(
        id: String, program: String, programKey: Data? = nil, entry: String, args: [WasmNumber], gasLimit: UInt64,
        commit: Bool, payload: Data,
        context: StatedContext = StatedContext(), pages: PageDetail, timeoutMs: UInt64, createdAt: Timestamp,
        origin: JobOrigin? = nil
    ) {
        self.id = id
        self.program = program
        self.programKey = programKey
        self.entry = entry
        self.args = args
        self.gasLimit = gasLimit
        self.commit = commit
        self.payload = payload
        self.context = context
        self.pages = pages
        self.timeoutMs = timeoutMs
        self.createdAt = createdAt
        self.origin = origin
    }
}

/// How much of the write-accessed pages an answer holds.
public enum PageDetail: String, Codable, Sendable, CaseIterable {
    case data, numbers
}
