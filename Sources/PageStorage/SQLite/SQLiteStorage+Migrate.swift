extension SQLiteStorage {
    func migrate() throws(StorageError) {
        let known = SQLiteSchema.steps.count
        // The write lock makes services that start at the same time migrate one after another.
        let found = try transaction { database throws(SQLiteError) in
            try database.run(
                "CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL)"
            )
            let found = Int(
                try database.first("SELECT coalesce(max(number), 0) FROM schema_migrations") { $0.int(0) } ?? 0)
            for (step, number) in zip(SQLiteSchema.steps, 1...).dropFirst(found) {
                try database.run(step)
                try database.execute(
                    "INSERT INTO schema_migrations (number, applied_at) VALUES (?, ?)",
                    [.int(Int64(number)), .int(currentMilliseconds())])
            }
            return found
        }
        guard found <= known else { throw .newerSchema(found: found, known: known) }
    }
}
