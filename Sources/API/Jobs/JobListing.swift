import PageStorage
import WorkerProtocol

/// The list of jobs: those that have ended, with those that wait or run among them.
enum JobListing {
    struct Item {
        var id: String
        /// The job as JSON, without page data.
        var document: [UInt8]
    }

    /// Newest first by id. Of a job that is on both sides, the stored one counts: it has ended meanwhile.
    ///
    /// Both sides are filtered and in order already, and cut at the same length.
    static func merge(active: [Job], stored: [JobRecord]) throws -> [Item] {
        let storedIDs = Set(stored.map(\.id))
        let waiting = active.filter { !storedIDs.contains($0.id) }
        let items =
            waiting.map { Item(id: $0.id, document: $0.document()) }
            + stored.map { Item(id: $0.id, document: $0.document) }
        return items.sorted { $0.id > $1.id }
    }

    /// The documents are put together as they are: they were JSON when they were stored.
    static func answer(_ page: ListPage<Item>) throws -> [UInt8] {
        let jobs = page.items.map(\.document).joined(separator: [UInt8(ascii: ",")])
        let cursor = try JSONCoding.encode(page.nextCursor)
        return Array(#"{"jobs":["#.utf8) + jobs + Array(#"],"next_cursor":"#.utf8) + cursor + Array("}".utf8)
    }
}
