extension SQLiteStorage {
    func addUsage(_ usage: [TokenUsage]) throws(StorageError) -> [TokenUsage] {
        let newest = usage.map(\.day).max() ?? 0
        return try transaction { database throws(SQLiteError) in
            try database.execute("DELETE FROM token_usage WHERE day < ?", [.int(newest - TokenUsage.daysKept)])
            var used: [TokenUsage] = []
            for added in usage {
                let found = try database.first(
                    """
                    INSERT INTO token_usage (token, day, jobs, gas) VALUES (?, ?, ?, ?)
                    ON CONFLICT (token, day) DO UPDATE SET jobs = jobs + excluded.jobs, gas = gas + excluded.gas
                    RETURNING token, day, jobs, gas
                    """, [.text(added.token), .int(added.day), .int(added.jobs), .int(added.gas)],
                    row: { TokenUsage(token: $0.text(0), day: $0.int(1), jobs: $0.int(2), gas: $0.int(3)) })
                if let found { used.append(found) }
            }
            return used
        }
    }
}
