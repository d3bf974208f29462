/// What the bearers of tokens with a quota have had, counted by all servers together.
public protocol UsageStorage: AnyObject {
    /// Adds to what was used, each token's day for itself, and forgets days that are long over.
    ///
    /// A call whose answer is lost may count twice.
    /// - Parameter usage: each token's day at most once.
    /// - Returns: what is used now of the same days, in any order.
    func addUsage(_ usage: [TokenUsage]) throws(StorageError) -> [TokenUsage]
}

/// What was used of one day.
public struct TokenUsage: Sendable, Equatable {
    /// The token's name.
    public var token: String
    /// Days since 1970-01-01, by UTC.
    public var day: Int64
    public var jobs: Int64
    public var gas: Int64

    /// How many days are kept.
    static let daysKept: Int64 = 7

    public init(token: String, day: Int64, jobs: Int64 = 0, gas: Int64 = 0) {
        self.token = token
        self.day = day
        self.jobs = jobs
        self.gas = gas
    }
}
