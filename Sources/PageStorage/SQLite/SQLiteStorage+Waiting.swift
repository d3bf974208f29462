import Foundation

extension SQLiteStorage {
    /// The database's version changes with whatever another connection commits, a post among it.
    func waitForPostedJobs(within limit: Duration) throws(StorageError) -> Bool {
        let deadline = ContinuousClock.now + limit
        while true {
            let version = try perform { database throws(SQLiteError) in
                try database.first("PRAGMA data_version", row: { $0.int(0) })
            }
            defer { seenVersion = version }
            if let seenVersion, seenVersion != version { return true }
            let rest = deadline - .now
            guard rest > .zero else { return false }
            usleep(UInt32(min(rest, Self.watchInterval) / .microseconds(1)))
        }
    }

    private static let watchInterval = Duration.milliseconds(4)
}
