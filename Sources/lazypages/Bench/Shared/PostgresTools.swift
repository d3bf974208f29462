import Foundation

/// Programs that come with PostgreSQL.
struct PostgresTools {
    /// Where they are.
    let folder: String

    /// - Throws: if there is no installation with the server's tools.
    init() throws {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        let newestFirst = versions.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let folders = newestFirst.map { "/usr/lib/postgresql/\($0)/bin" } + path
        let found = folders.first { folder in
            ["psql", "pgbench"].allSatisfy { FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)") }
        }
        guard let found else { throw Failure(.usage, "psql and pgbench are needed; on Debian: apt install postgresql") }
        folder = found
    }

    /// Runs statements; rows come back one a line, columns separated by `|`.
    @discardableResult
    func sql(
        _ statements: String, at location: String, within limit: Duration = .seconds(300), in scratch: BenchScratch
    ) throws -> String {
        try BenchProcess.run(Self.psql(folder, location) + ["-c", statements], within: limit, in: scratch)
            .trimmingCharacters(in: .newlines)
    }

    /// Holds a transaction with the snapshot that it takes now, until the process is stopped.
    func holdSnapshot(seconds: Int, at location: String, in scratch: BenchScratch) throws -> BenchProcess {
        let statements =
            "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM jobs; SELECT pg_sleep(\(seconds));"
        return try BenchProcess(
            Self.psql(folder, location) + ["-c", statements], log: scratch("snapshot.log"), in: scratch)
    }

    private static func psql(_ folder: String, _ location: String) -> [String] {
        ["\(folder)/psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", location]
    }
}
