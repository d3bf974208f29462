import Pages

/// A page that an access of the program found closed, so that it was charged for and opened.
public struct JobFault: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable {
        case read, write
        case writeAfterRead = "write_after_read"
    }

    /// What accessed it.
    public enum Cause: String, Codable, Sendable {
        /// An instruction of the program.
        case signal
        /// A host function, which announced the access.
        case hostFunc = "host_func"
    }

    public var page: PageNumber
    public var kind: Kind
    public var by: Cause
    /// Microseconds since the program got its memory, just before it started.
    public var atUs: UInt64

    public init(page: PageNumber, kind: Kind, by: Cause, atUs: UInt64) {
        self.page = page
        self.kind = kind
        self.by = by
        self.atUs = atUs
    }
}
