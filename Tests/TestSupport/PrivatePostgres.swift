import Foundation

/// A PostgreSQL server for tests alone: a fresh cluster in a temporary folder, reached through a Unix socket only.
///
/// It never outlives the test process, however that ends: a shell waits for the end of a pipe that the test process
/// holds open, then stops the server and removes the folder.
public final class PrivatePostgres: Sendable {
    /// What went wrong, with the output of the command that failed.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public enum StopMode: String, Sendable {
        /// Connections are ended and the data is written out.
        case fast
        /// As if the machine had failed: the next start recovers from the log.
        case immediate
    }

    /// Holds the socket, the data folder and the server's log.
    public let folder: String

    private let tools: PostgresTools
    private let watchdog: pid_t
    private let lifeline: FileHandle

    private static let sharedServer = Result { try PrivatePostgres() }

    /// The server that all tests of a process use side by side, each in a database of its own.
    public static func shared() throws -> PrivatePostgres { try sharedServer.get() }

    /// Makes a cluster and starts its server.
    /// - Parameter durable: whether commits wait for the disk, as they do in service.
    public init(durable: Bool = false) throws {
        tools = try PostgresTools()
        let template = strdup("/tmp/lazypages-postgres-XXXXXX")
        defer { free(template) }
        guard let template, let name = mkdtemp(template) else {
            throw Failure(description: "mkdtemp: \(String(cString: strerror(errno)))")
        }
        folder = String(cString: name)
        (watchdog, lifeline) = try Self.watch(folder)
        if let owner = tools.owner {
            try FileManager.default.setAttributes([.ownerAccountName: owner], ofItemAtPath: folder)
        }

        let initdb = ["-D", "data", "-U", Self.user, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        try tools.runAsServer("initdb", initdb, in: folder)
        let settings = """
            listen_addresses = ''
            unix_socket_directories = '\(folder)'
            max_connections = 200
            fsync = \(durable)

            """
        let configuration = FileHandle(forWritingAtPath: folder + "/data/postgresql.conf")
        try configuration?.seekToEnd()
        try configuration?.write(contentsOf: Data(settings.utf8))
        try configuration?.close()
        try start()
    }

    deinit {
        try? lifeline.close()
        _ = exitStatus(of: watchdog)
    }

    // MARK: Server

    public func start() throws {
        try tools.runAsServer("pg_ctl", ["start", "-w", "-D", "data", "-l", "data/server.log"], in: folder)
    }

    public func stop(_ mode: StopMode = .fast) throws {
        try tools.runAsServer("pg_ctl", ["stop", "-w", "-D", "data", "-m", mode.rawValue], in: folder)
    }

    public func restart(_ mode: StopMode = .fast) throws {
        try stop(mode)
        try start()
    }

    // MARK: Databases

    /// Makes an empty database and returns its connection URL.
    /// - Parameter options: what follows `CREATE DATABASE name`.
    public func makeDatabase(options: String = "") throws -> String {
        let name = "test_\(UInt64.random(in: .min ... .max))"
        try sql("CREATE DATABASE \(name) TEMPLATE template0 \(options)", in: url(database: "postgres"))
        return url(database: name)
    }

    /// - Parameter host: where the server is reached: its own folder, or that of a proxy before it.
    public func url(database: String, host: String? = nil) -> String {
        "postgresql:///\(database)?host=\(host ?? folder)&user=\(Self.user)"
    }

    /// Runs statements in a connection of its own; rows come back one a line, columns separated by `|`.
    @discardableResult
    public func sql(_ statements: String, in url: String) throws -> String {
        try tools.run(
            "psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statements, url])
    }

    // MARK: Parts

    private static let user = "lazypages"

    private static func watch(_ folder: String) throws -> (pid_t, FileHandle) {
        let pipe = Pipe()
        let lifeline = pipe.fileHandleForWriting
        // Held by this process alone, else its end would not be the end of the pipe.
        guard fcntl(lifeline.fileDescriptor, F_SETFD, FD_CLOEXEC) == 0 else {
            throw Failure(description: "fcntl: \(String(cString: strerror(errno)))")
        }
        let script = """
            trap '' INT TERM HUP
            exec >/dev/null 2>&1
            cat
            for round in $(seq 100); do
                if server=$(head -n 1 "$0/data/postmaster.pid") && kill -QUIT "$server"; then
                    sleep 0.1
                    continue
                fi
                rm -rf "$0"
                # A start that was under way may have written in between.
                sleep 0.1
                [ -e "$0" ] || break
            done
            """
        let input = pipe.fileHandleForReading.fileDescriptor
        return (try spawn(["/bin/sh", "-c", script, folder], input: input), lifeline)
    }
}

/// PostgreSQL's programs, and how to run them: the server refuses to run as root.
private struct PostgresTools: Sendable {
    /// The user that the server runs as, if not the one that runs the tests.
    let owner: String?

    private let folder: String
    private let asOwner: [String]

    init() throws {
        folder = try Self.find()
        guard geteuid() == 0 else {
            owner = nil
            asOwner = []
            return
        }
        let user = getpwnam("postgres") == nil ? "nobody" : "postgres"
        owner = user
        let ways = [
            ("setpriv", ["--reuid=\(user)", "--regid=\(getpwnam(user).pointee.pw_gid)", "--clear-groups", "--"]),
            ("runuser", ["-u", user, "--"]),
            ("su", [user, "-s", "/bin/sh", "-c", "exec \"$0\" \"$@\"", "--"]),
        ]
        guard let way = ways.first(where: { Self.path(of: $0.0) != nil }), let tool = Self.path(of: way.0) else {
            throw PrivatePostgres.Failure(description: "running as root, and neither setpriv, runuser nor su is there")
        }
        asOwner = [tool] + way.1
    }

    /// Returns what the program printed; throws it if the program failed.
    @discardableResult
    func run(_ program: String, _ arguments: [String]) throws -> String {
        try Self.run(["\(folder)/\(program)"] + arguments, in: "/")
    }

    /// Runs a program as the user of the server.
    /// - Parameter directory: where `arguments` find their paths: once it is removed, nothing can appear there again.
    func runAsServer(_ program: String, _ arguments: [String], in directory: String) throws {
        _ = try Self.run(asOwner + ["\(folder)/\(program)"] + arguments, in: directory)
    }

    private static func run(_ command: [String], in directory: String) throws -> String {
        // A file and not a pipe: a started server would keep a pipe open.
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("lazypages-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: output) }
        let script = "cd \"$1\" && shift && exec \"$@\" >\"$0\" 2>&1 </dev/null"
        let status = exitStatus(of: try spawn(["/bin/sh", "-c", script, output.path, directory] + command))
        let text = String(decoding: try Data(contentsOf: output), as: UTF8.self)
        guard status == 0 else {
            throw PrivatePostgres.Failure(description: "\(command.joined(separator: " ")): status \(status): \(text)")
        }
        return text.trimmingCharacters(in: .newlines)
    }

    /// The folder of an installation that has the server: what `pg_config` names, else Debian's newest.
    private static func find() throws -> String {
        var folders: [String] = []
        if let config = path(of: "pg_config"), let named = try? run([config, "--bindir"], in: "/") {
            folders.append(named)
        }
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        folders += versions.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }.map { "/usr/lib/postgresql/\($0)/bin" }
        let hasServer = { (folder: String) in
            ["initdb", "pg_ctl", "postgres", "psql"].allSatisfy {
                FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)")
            }
        }
        guard let folder = folders.first(where: hasServer) else {
            throw PrivatePostgres.Failure(description: "no PostgreSQL server found; on Debian: apt install postgresql")
        }
        return folder
    }

    private static func path(of program: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return (path.split(separator: ":") + ["/usr/sbin", "/sbin"]).map { "\($0)/\(program)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}

/// Starts a program without the settings that libpq would take from the environment.
private func spawn(_ command: [String], input: Int32? = nil) throws -> pid_t {
    let environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PG") && $0.key != "LC_ALL" }
    let variables = copies(of: environment.map { "\($0)=\($1)" } + ["LC_ALL=C"])
    let arguments = copies(of: command)
    defer { for text in variables + arguments { free(text) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input { posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own: the terminal's interrupt is for the tests.
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    var process = pid_t()
    let status = posix_spawn(&process, command[0], &actions, &attributes, arguments, variables)
    guard status == 0 else {
        throw PrivatePostgres.Failure(description: "\(command[0]): \(String(cString: strerror(status)))")
    }
    return process
}

private func exitStatus(of process: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    return status
}

/// As C takes a list of texts; the caller frees each.
private func copies(of texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
    var copies: [UnsafeMutablePointer<CChar>?] = []
    for text in texts { copies.append(strdup(text)) }
    return copies + [nil]
}
