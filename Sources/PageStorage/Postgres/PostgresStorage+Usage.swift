extension PostgresStorage {
    func addUsage(_ usage: [TokenUsage]) throws(StorageError) -> [TokenUsage] {
        // In one order on all servers, which then wait for each other and not in a circle.
        let usage = usage.sorted { ($0.token, $0.day) < ($1.token, $1.day) }
        let newest = usage.map(\.day).max() ?? 0
        return try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute(
                """
                WITH forgotten AS (DELETE FROM token_usage WHERE day < $5)
                INSERT INTO token_usage AS used (token, day, jobs, gas)
                SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[])
                ON CONFLICT (token, day) DO UPDATE SET jobs = used.jobs + excluded.jobs, gas = used.gas + excluded.gas
                RETURNING token, day, jobs, gas
                """,
                [
                    .texts(usage.map(\.token)), .ints(usage.map(\.day)), .ints(usage.map(\.jobs)),
                    .ints(usage.map(\.gas)), .int(newest - TokenUsage.daysKept),
                ])
            return (0..<found.rowCount).map { row in
                TokenUsage(
                    token: found.text(row, 0), day: found.int(row, 1), jobs: found.int(row, 2), gas: found.int(row, 3))
            }
        }
    }
}
