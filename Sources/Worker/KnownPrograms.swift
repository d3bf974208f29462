import PageStorage
import Pages

/// Programs as the last jobs here left them: what the next job of one needs not ask the storage for, if the server knows
/// that nobody has changed it since. Whether that is true the commit finds out at the latest.
struct KnownPrograms {
    struct Program {
        var start: ExecutionStart
        /// Pages as of the start's version.
        var pages: [PageNumber: [UInt8]]
    }

    /// 32 MiB at most.
    private var programs = LeastRecentlyUsed<ProgramKey, Program>(countLimit: 256, sizeLimit: 32 << 20)
    /// More pages of one program are not kept: it has its working set fetched in few queries.
    private static let pageLimit = 128

    mutating func program(_ key: ProgramKey, version: Int64) -> Program? {
        programs.value(for: key).flatMap { $0.start.version == version ? $0 : nil }
    }

    /// The program after a commit.
    /// - Parameter before: as the job began with it; nil where it was read from the storage.
    mutating func set(_ start: ExecutionStart, _ change: MemoryChange, before: Program?) {
        var pages = before?.pages ?? [:]
        for page in change.freed { pages[page] = nil }
        if change.written.count <= Self.pageLimit {
            for (page, bytes) in change.written { pages[page] = bytes }
        }
        if change.written.count > Self.pageLimit || pages.count > Self.pageLimit { pages = [:] }
        let size = pages.count * PageSize.gear + start.storedPages.count * 4 + start.holes.count + 256
        programs.set(Program(start: start, pages: pages), for: start.key, size: size)
    }

    mutating func remove(_ key: ProgramKey) { programs.remove(key) }
}
