extension PostgresStorage {
    func waitForPostedJobs(within limit: Duration) throws(StorageError) -> Bool {
        let deadline = ContinuousClock.now + limit
        return try perform { connection, isRepeated throws(PostgresError) in
            try connection.listen(to: Self.postedChannel)
            // What was told while the connection was lost has gone unheard.
            return try isRepeated ? true : connection.waitForNotification(until: deadline)
        }
    }
}
