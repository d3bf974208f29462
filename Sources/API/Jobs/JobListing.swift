import PageStorage
import WorkerProtocol

/// The list of jobs: those that the storage holds, with those that it does not hold yet among them.
enum JobListing {
    struct Item {
        var id: String
        /// The job as JSON, without page data.
        var document: [UInt8]
    }

    /// Newest first by id. Of a job that is on both sides, the stored one counts: it has ended meanwhile.
    ///
    /// - Parameter stored: filtered and in order already.
    static func merge(active: [Job], stored: [JobRecord], filter: JobFilter, before last: String?) throws -> [Item] {
        let storedIDs = Set(stored.map(\.id))
        let waiting = active.filter { job in
            filter.admits(job) && !storedIDs.contains(job.id) && last.map { job.id < $0 } ?? true
        }
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
