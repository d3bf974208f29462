/// What the engine and the storage did for one job, all its attempts together.
public struct JobCounters: Codable, Sendable, Equatable {
    /// Page faults that the engine handled, by kind.
    public var readFaults: UInt64 = 0
    public var writeFaults: UInt64 = 0
    public var writeAfterReadFaults: UInt64 = 0
    /// Pages that were touched and had data in the storage.
    public var pagesLoaded: UInt64 = 0
    public var bytesLoaded: UInt64 = 0
    /// Pages that the job's commit stored.
    public var pagesWritten: UInt64 = 0
    /// Time in the fault handler, storage included, in nanoseconds.
    public var handlerNs: UInt64 = 0
    /// Queries that fetched pages.
    public var pageQueries: UInt64 = 0
    /// Time that these took, in nanoseconds.
    public var pageQueryNs: UInt64 = 0
    /// The same one by one. Not part of the job's JSON: empty for a job that was read from that.
    public var pageQueryTimes = PageQueryTimes()
    /// Pages fetched before they were touched.
    public var pagesPrefetched: UInt64 = 0
    /// Pages fetched before they were touched, and then never touched.
    public var pagesWasted: UInt64 = 0
    /// Starts over after a lost race with another writer of the program.
    public var conflicts: UInt64 = 0

    private enum CodingKeys: CodingKey {
        case readFaults, writeFaults, writeAfterReadFaults, pagesLoaded, bytesLoaded, pagesWritten, handlerNs
        case pageQueries, pageQueryNs, pagesPrefetched, pagesWasted, conflicts
    }

    public init() {}

    /// A counter that is missing, as in a job stored before there was one, reads as 0.
    public init(from decoder: any Decoder) throws {
        let counters = try decoder.container(keyedBy: CodingKeys.self)
        func counter(_ key: CodingKeys) throws -> UInt64 { try counters.decodeIfPresent(UInt64.self, forKey: key) ?? 0 }
        readFaults = try counter(.readFaults)
        writeFaults = try counter(.writeFaults)
        writeAfterReadFaults = try counter(.writeAfterReadFaults)
        pagesLoaded = try counter(.pagesLoaded)
        bytesLoaded = try counter(.bytesLoaded)
        pagesWritten = try counter(.pagesWritten)
        handlerNs = try counter(.handlerNs)
        pageQueries = try counter(.pageQueries)
        pageQueryNs = try counter(.pageQueryNs)
        pagesPrefetched = try counter(.pagesPrefetched)
        pagesWasted = try counter(.pagesWasted)
        conflicts = try counter(.conflicts)
    }
}
