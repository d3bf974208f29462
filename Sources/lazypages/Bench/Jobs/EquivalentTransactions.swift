import Foundation
import PageStorage

/// What a job asks of PostgreSQL at least, as scripts for pgbench: a row in the queue and its end, the program's version,
/// the pages, the job's record. No program is read and none runs. Its tables are of the plainest form, but for the jobs':
/// those have all the indexes of the service's.
final class EquivalentTransactions {
    enum Shape: String, CaseIterable {
        /// All in one transaction and one round trip.
        case one
        /// The job is accepted in one transaction, and committed in another, as the service must.
        case two
    }

    private let tools: PostgresTools
    private let location: String
    private let scratch: BenchScratch
    private let programs: Int
    private let document: String

    /// Makes the tables.
    /// - Parameter document: the record of a job.
    init(
        _ tools: PostgresTools, at location: String, programs: Int, document: String, in scratch: BenchScratch
    ) throws {
        (self.tools, self.location, self.programs, self.scratch) = (tools, location, programs, scratch)
        self.document = document
        try tools.sql(
            """
            DROP TABLE IF EXISTS bench_queue, bench_programs, bench_pages, bench_jobs;
            CREATE TABLE bench_queue (
                id uuid PRIMARY KEY, position bigint NOT NULL, program text COLLATE "C" NOT NULL, key uuid NOT NULL,
                server uuid, request bytea NOT NULL, accepted_at timestamptz NOT NULL, attempts bigint NOT NULL
            );
            CREATE INDEX ON bench_queue (key, position) WHERE server IS NULL;
            CREATE TABLE bench_programs (
                key uuid PRIMARY KEY, version bigint NOT NULL, memory_size bigint NOT NULL, updated_at timestamptz NOT NULL
            );
            CREATE TABLE bench_pages (
                program uuid, page bigint, version bigint NOT NULL, content text COLLATE "C" NOT NULL,
                bytes bytea COMPRESSION lz4, PRIMARY KEY (program, page)
            );
            CREATE TABLE bench_jobs (LIKE jobs INCLUDING ALL);
            INSERT INTO bench_programs
            SELECT \(Self.key(of: "number")), 0, 8, now() FROM generate_series(0, \(programs - 1)) AS number;
            """, at: location, in: scratch)
        try tools.sql("VACUUM ANALYZE", at: location, in: scratch)
    }

    func remove() throws {
        try tools.sql("DROP TABLE bench_queue, bench_programs, bench_pages, bench_jobs", at: location, in: scratch)
    }

    /// - Returns: transactions, or pairs of them, per second.
    func rate(_ shape: Shape, connections: Int, pages: Int, seconds: Int) throws -> Double {
        let output = try run(shape, connections: connections, pages: pages, ["--time", String(seconds)])
        guard let match = output.firstMatch(of: /tps = ([0-9.]+)/), let rate = Double(match.1),
            output.contains("number of failed transactions: 0 ")
        else { throw Failure(.service, "pgbench: \(output)") }
        return rate
    }

    /// One after another on one connection.
    /// - Returns: how long each took, in microseconds.
    func latencies(_ shape: Shape, pages: Int, count: Int) throws -> [Double] {
        let prefix = scratch("pgbench-\(UUID().uuidString)")
        _ = try run(
            shape, connections: 1, pages: pages, ["--transactions", String(count), "--log", "--log-prefix", prefix])
        let logs = try FileManager.default.contentsOfDirectory(atPath: scratch.folder).map { scratch($0) }
        return try logs.filter { $0.hasPrefix(prefix) }.flatMap { log in
            defer { unlink(log) }
            return try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").compactMap { line in
                Double(line.split(separator: " ")[2])
            }
        }
    }

    private func run(_ shape: Shape, connections: Int, pages: Int, _ options: [String]) throws -> String {
        let file = scratch("\(shape)-\(pages).sql")
        try Self.script(shape, programs: programs, pages: pages).write(toFile: file, atomically: false, encoding: .utf8)
        return try BenchProcess.run(
            [
                "\(tools.folder)/pgbench", "--no-vacuum", "--protocol", "prepared", "--client", String(connections),
                "--jobs", connections < 2 ? "1" : "2", "--file", file, "--define", "document=\(document)",
                // The size that the request of such a job has in the queue.
                "--define", "request=\(document.prefix(250))",
                // It compresses as well as a page of zeros with a counter, and costs least to send in pgbench's way.
                "--define", "page=\(String(repeating: "a", count: 16_384))",
            ] + options + [location], in: scratch)
    }

    private static func key(of number: String) -> String {
        "('00000000-0000-7000-8000-' || lpad((\(number))::text, 12, '0'))::uuid"
    }

    private static func script(_ shape: Shape, programs: Int, pages: Int) -> String {
        let number = ":client_id % \(programs)"
        let (key, program) = (key(of: number), "'bench-' || (\(number))::text")
        // Ids that sort by time, as those of jobs do.
        let id = """
            (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') || '70008'
                || lpad(to_hex(:random::bigint), 15, '0'))::uuid
            """
        let accept = """
            INSERT INTO bench_queue (id, position, program, key, server, request, accepted_at, attempts)
            VALUES (\(id), :random, \(program), \(key), \(key), :request::bytea, now(), 0)
            """
        func commit(_ id: String) -> String {
            let stored = """
                , stored AS (
                    INSERT INTO bench_pages (program, page, version, content, bytes)
                    SELECT \(key), written.page, raised.version, 'bytes', written.bytes
                    FROM raised, unnest(ARRAY[\((0..<pages).map(String.init).joined(separator: ", "))]::bigint[],
                        ARRAY[\(repeatElement(":page", count: pages).joined(separator: ", "))]::bytea[])
                        AS written (page, bytes)
                    ON CONFLICT (program, page) DO UPDATE
                    SET version = excluded.version, content = excluded.content, bytes = excluded.bytes
                )
                """
            return """
                WITH claimed AS (
                    DELETE FROM bench_queue WHERE id = \(id) RETURNING id
                ), raised AS (
                    UPDATE bench_programs SET version = version + \(pages > 0 ? 1 : 0), updated_at = now()
                    FROM claimed WHERE key = \(key) RETURNING version
                )\(pages > 0 ? stored : ""), recorded AS (
                    INSERT INTO bench_jobs (committed_version, id, program, state, outcome, created_at, finished_at, document)
                    SELECT version, \(id), \(program), 'finished', 'success', now(), now(), :document::bytea FROM raised
                )
                SELECT version FROM raised
                """
        }
        let random = "\\set random random(0, 1152921504606846975)"
        switch shape {
        case .one:
            return """
                \(random)
                \\startpipeline
                BEGIN;
                \(accept);
                \(commit(id));
                COMMIT;
                \\endpipeline

                """
        case .two:
            return """
                \(random)
                \(accept) RETURNING id \\gset
                \(commit(":id::uuid"));

                """
        }
    }
}
