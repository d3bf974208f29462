import Foundation

/// A process that a measurement has started, in a process group of its own.
final class BenchProcess {
    let number: pid_t
    private let scratch: BenchScratch
    private(set) var hasEnded = false

    /// - Parameters:
    ///   - environment: added to this process's own.
    ///   - log: what it prints is appended to this file.
    init(_ command: [String], environment: [String: String] = [:], log: String, in scratch: BenchScratch) throws {
        number = try Self.spawn(command, environment, output: log)
        self.scratch = scratch
        scratch.adopt(number)
    }

    deinit {
        if hasEnded { return }
        send(SIGKILL)
        _ = waitForEnd(within: .seconds(10))
    }

    func send(_ signal: Int32) { if !hasEnded { kill(number, signal) } }

    /// - Returns: the status word of wait(2); nil if the process still runs then.
    func waitForEnd(within limit: Duration) -> Int32? {
        let end = ContinuousClock.now + limit
        while !hasEnded {
            var information = siginfo_t()
            // WNOWAIT leaves the number to the process until the watchdog has forgotten it.
            waitid(P_PID, id_t(number), &information, WEXITED | WNOWAIT | WNOHANG)
            if information.si_signo != 0 {
                scratch.release(number)
                hasEnded = true
                return Self.wait(for: number)
            }
            if .now > end { return nil }
            usleep(2000)
        }
        return 0
    }

    /// Runs a program to its end, at most so long.
    /// - Parameter environment: added to this process's own.
    /// - Returns: what it printed.
    @discardableResult
    static func run(
        _ command: [String], environment: [String: String] = [:], within limit: Duration = .seconds(60),
        in scratch: BenchScratch
    ) throws -> String {
        let log = scratch("output-\(UUID().uuidString)")
        defer { unlink(log) }
        let process = try BenchProcess(command, environment: environment, log: log, in: scratch)
        let status = process.waitForEnd(within: limit)
        let output = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        guard status == 0 else {
            let name = command.first { !$0.hasPrefix("-") } ?? ""
            throw Failure(.service, "\(name) \(status == nil ? "does not end" : "failed"): \(output.suffix(1000))")
        }
        return output
    }

    static func spawn(
        _ command: [String], _ environment: [String: String] = [:], input: Int32? = nil, output: String = "/dev/null"
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The terminal's interrupt is for this process alone.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let settings = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        var arguments = command.map { strdup($0) } + [nil]
        var variables = settings.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var number = pid_t()
        let status = posix_spawnp(&number, command[0], &actions, &attributes, &arguments, &variables)
        guard status == 0 else { throw Failure(.service, "\(command[0]): \(String(cString: strerror(status)))") }
        return number
    }

    static func wait(for number: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(number, &status, 0) < 0, errno == EINTR {}
        return status
    }
}
