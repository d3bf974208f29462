import CProcess
import Foundation
import WorkerProtocol

/// Why no process could be started.
struct SpawnError: Error, Equatable, CustomStringConvertible {
    var call: String
    var code: Int32

    var description: String { "\(call): \(String(cString: strerror(code)))" }
}

/// Two connected stream sockets that no child inherits by accident.
struct SocketPair: ~Copyable {
    let near: Descriptor
    let far: Descriptor

    init() throws(SpawnError) {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw SpawnError(call: "socketpair", code: errno) }
        near = Descriptor(owning: ends[0])
        far = Descriptor(owning: ends[1])
    }
}

extension ChildProcess {
    /// Starts a program with `socket` as its `WorkerConnection.descriptor` and `progress` as the one for that, nothing to
    /// read on standard input, both outputs on this process's standard error, no other descriptor, and signals as a fresh
    /// process has them.
    ///
    /// - Parameter changes: to this process's environment; nil is for what the new one does not have.
    ///
    /// The new process is a child of the calling thread: `PR_SET_PDEATHSIG` strikes when that thread ends.
    static func start(
        _ command: [String], environment changes: [String: String?] = [:], socket: borrowing Descriptor,
        progress: borrowing Descriptor
    ) throws(SpawnError) -> ChildProcess {
        // Above those of the worker, so that the socket cannot take its place.
        let above = fcntl(progress.number, F_DUPFD_CLOEXEC, WorkerConnection.progressDescriptor + 1)
        guard above >= 0 else { throw SpawnError(call: "fcntl", code: errno) }
        let progress = Descriptor(owning: above)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Onto itself too: that takes the close-on-exec flag off.
        posix_spawn_file_actions_adddup2(&actions, socket.number, WorkerConnection.descriptor)
        posix_spawn_file_actions_adddup2(&actions, progress.number, WorkerConnection.progressDescriptor)
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
        cprocess_spawn_closing_from(&actions, WorkerConnection.progressDescriptor + 1)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var inherited = ProcessInfo.processInfo.environment
        for (name, value) in changes { inherited[name] = value }
        let environment = inherited.map { "\($0.key)=\($0.value)" }
        var number: pid_t = 0
        let code = withCStrings(command) { arguments in
            withCStrings(environment) { environment in
                posix_spawn(&number, command.first ?? "", &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else { throw SpawnError(call: "posix_spawn \(command.first ?? "")", code: code) }
        return ChildProcess(number)
    }
}

/// Calls `body` with the strings as C wants a list of them: pointers, ended by a null.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return body(&pointers)
}
