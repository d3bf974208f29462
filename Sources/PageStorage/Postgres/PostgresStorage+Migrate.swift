extension PostgresStorage {
    func migrate() throws(StorageError) {
        let known = PostgresSchema.steps.count
        let (found, encoding) = try perform { connection, _ throws(PostgresError) in
            let encoding = connection.serverSetting("server_encoding") ?? "unknown"
            let found = try connection.transaction { () throws(PostgresError) in
                // Services that start at the same time migrate one after another.
                _ = try connection.execute("SELECT pg_advisory_xact_lock($1)", [.int(Self.migrationLock)])
                let found = try Self.schemaVersion(connection)
                guard encoding == "UTF8" else { return found }
                for (step, number) in zip(PostgresSchema.steps, 1...).dropFirst(found) {
                    try connection.run(step)
                    _ = try connection.execute(
                        "INSERT INTO schema_migrations (number, applied_at) VALUES ($1, now())", [.int(Int64(number))])
                }
                return found
            }
            return (found, encoding)
        }
        guard found <= known else { throw .newerSchema(found: found, known: known) }
        guard encoding == "UTF8" else { throw .failed("the database must have the encoding UTF8, and has \(encoding)") }
    }

    /// "lazypage" in ASCII: any number that no other user of the database takes.
    private static let migrationLock: Int64 = 0x6c61_7a79_7061_6765

    private static func schemaVersion(_ connection: PostgresConnection) throws(PostgresError) -> Int {
        // Asked first, since creating needs a right that a service on a ready schema may lack.
        let exists = try connection.execute("SELECT to_regclass('schema_migrations') IS NOT NULL")
        if exists.int(0, 0) == 0 {
            try connection.run(
                "CREATE TABLE schema_migrations (number bigint PRIMARY KEY, applied_at timestamptz NOT NULL)")
        }
        return Int(try connection.execute("SELECT coalesce(max(number), 0) FROM schema_migrations").int(0, 0))
    }
}
