import Foundation
import Synchronization

/// A program that a test started, in a process group of its own.
///
/// The group never outlives the test process, however that ends: a shell waits for the end of a connection that the
/// test process holds open, then kills the group.
final class ChildProcess: Sendable {
    let number: pid_t
    private let outputFile: String
    private let errorFile: String
    private let watchdog: Watchdog
    private let end = Mutex<End?>(nil)

    /// How a process ended.
    enum End: Equatable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameters:
    ///   - command: the program's path and its arguments.
    ///   - environment: added to this process's own, without what would configure the service or libpq.
    ///   - folder: where what it prints is kept.
    init(_ command: [String], environment: [String: String] = [:], folder: String) throws {
        let name = "\(folder)/\(UUID().uuidString)"
        (outputFile, errorFile) = ("\(name).out", "\(name).err")
        let inherited = ProcessInfo.processInfo.environment.filter { name, _ in
            !name.hasPrefix("LAZYPAGES_") && !name.hasPrefix("PG")
        }
        number = try spawn(command, inherited.merging(environment) { $1 }, output: outputFile, errors: errorFile)
        watchdog = try Watchdog(group: number)
    }

    deinit {
        // Also what its leader may have left behind: the leader is not reaped yet, so the number is still the group's.
        if end.withLock({ $0 }) == nil {
            kill(-number, SIGKILL)
            waitpid(number, nil, 0)
        }
        unlink(outputFile)
        unlink(errorFile)
    }

    var output: String { (try? String(contentsOfFile: outputFile, encoding: .utf8)) ?? "" }
    var errors: String { (try? String(contentsOfFile: errorFile, encoding: .utf8)) ?? "" }

    /// nil while it runs.
    var ended: End? {
        end.withLock { end in
            if let end { return end }
            var status: Int32 = 0
            guard waitpid(number, &status, WNOHANG) == number else { return nil }
            watchdog.dismiss()
            let signal = status & 0x7f
            end = signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
            return end
        }
    }

    func send(_ signal: Int32) { end.withLock { if $0 == nil { kill(number, signal) } } }

    /// Waits for its end, at most for a time that is far too long.
    func waitForEnd() async throws -> End {
        guard await eventually({ self.ended != nil }), let ended else {
            throw Failure(description: "process \(number) does not end: \(errors.suffix(2000))")
        }
        return ended
    }
}

/// Kills a process group when this process is gone.
private final class Watchdog: Sendable {
    private let number: pid_t
    private let lifeline: Int32

    init(group: pid_t) throws {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw ChildProcess.Failure(description: "socketpair: \(String(cString: strerror(errno)))")
        }
        defer { close(ends[1]) }
        let script = "trap '' INT TERM HUP; cat; kill -KILL \"-$0\""
        number = try spawn(["/bin/sh", "-c", script, String(group)], [:], input: ends[1])
        lifeline = ends[0]
    }

    /// From now on nothing is killed: the group's number may soon be someone else's.
    func dismiss() { kill(-number, SIGKILL) }

    deinit {
        dismiss()
        waitpid(number, nil, 0)
        close(lifeline)
    }
}

/// Starts a program as the leader of a process group, with signals as a fresh process has them.
private func spawn(
    _ command: [String], _ environment: [String: String], input: Int32? = nil, output: String = "/dev/null",
    errors: String = "/dev/null"
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    } else {
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    }
    for (descriptor, path) in [(STDOUT_FILENO, output), (STDERR_FILENO, errors)] {
        posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
        &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    var arguments = command.map { strdup($0) } + [nil]
    var variables = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var number = pid_t()
    let status = posix_spawnp(&number, command[0], &actions, &attributes, &arguments, &variables)
    guard status == 0 else {
        throw ChildProcess.Failure(description: "\(command[0]): \(String(cString: strerror(status)))")
    }
    return number
}
