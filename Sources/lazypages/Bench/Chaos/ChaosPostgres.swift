import Foundation
import PageStorage

/// A PostgreSQL server of its own, reached through a Unix socket only, that is stopped and started again.
final class ChaosPostgres {
    private let scratch: BenchScratch
    private let folder: String
    private let programs: String
    private var server: BenchProcess?

    enum Stop: Int32 {
        /// Connections are ended and the data is written out.
        case fast
        /// As if the machine had failed: the next start recovers from the log.
        case immediate

        fileprivate var signal: Int32 { self == .fast ? SIGINT : SIGQUIT }
    }

    init(in scratch: BenchScratch) throws {
        self.scratch = scratch
        folder = scratch("postgres")
        programs = try PostgresTools().folder
        mkdir(folder, 0o700)
        if geteuid() == 0 {
            guard let user = getpwnam("postgres") else { throw Failure(.service, "there is no user postgres") }
            chown(folder, user.pointee.pw_uid, user.pointee.pw_gid)
        }
        try BenchProcess.run(
            Self.unprivileged + [
                "\(programs)/initdb", "--pgdata", "\(folder)/data", "--username", "postgres", "--auth", "trust",
                "--encoding", "UTF8", "--no-locale", "--no-sync",
            ], in: scratch)
        try start()
    }

    var location: StorageLocation { .postgres(text) }

    private var text: String { "postgresql://postgres@/postgres?host=\(folder)" }

    var isRunning: Bool { server != nil }

    /// Returns when it answers.
    func start() throws {
        server = try BenchProcess(
            Self.unprivileged + [
                "\(programs)/postgres", "-D", "\(folder)/data", "-c", "listen_addresses=", "-c",
                "unix_socket_directories=\(folder)", "-c", "max_connections=200",
            ], log: scratch("postgres.log"), in: scratch)
        let end = ContinuousClock.now + .seconds(60)
        while true {
            if (try? sql("SELECT 1")) != nil { return }
            guard .now < end else { throw Failure(.service, "PostgreSQL does not start") }
            usleep(50_000)
        }
    }

    func stop(_ stop: Stop) throws {
        server?.send(stop.signal)
        guard server?.waitForEnd(within: .seconds(60)) != nil else {
            throw Failure(.service, "PostgreSQL does not stop")
        }
        server = nil
    }

    /// Cuts connections of clients, each with this chance in percent.
    func cutConnections(chance: Int) throws {
        try sql(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND random() * 100 < \(chance)
            """)
    }

    /// For a while cuts connections whose transactions are just being written to the disk: they commit, and their clients
    /// do not learn it.
    /// - Returns: how many connections were cut.
    func cutCommits(milliseconds: Int) throws -> Int {
        let cut = try sql(
            """
            CREATE TEMPORARY TABLE cut (pid integer);
            DO $$
            BEGIN
                FOR round IN 1..\(milliseconds / 2) LOOP
                    PERFORM pg_stat_clear_snapshot();
                    WITH committing AS MATERIALIZED (
                        SELECT pid FROM pg_stat_activity
                        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
                            AND wait_event IN ('WALSync', 'WALWrite', 'WalSync', 'WalWrite') AND random() < 0.2
                    )
                    INSERT INTO cut SELECT pid FROM committing WHERE pg_terminate_backend(pid);
                    PERFORM pg_sleep(0.002);
                END LOOP;
            END
            $$;
            SELECT count(*) FROM cut
            """)
        return Int(cut) ?? 0
    }

    @discardableResult
    private func sql(_ statements: String) throws -> String {
        try BenchProcess.run(
            ["\(programs)/psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statements, text],
            within: .seconds(30), in: scratch
        ).trimmingCharacters(in: .newlines)
    }

    /// What to begin a command with: root may not run the server. The process keeps its id.
    private static var unprivileged: [String] {
        geteuid() == 0 ? ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"] : []
    }
}
