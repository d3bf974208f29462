import Foundation
import WorkerProtocol

/// A temporary folder, and the processes that a measurement has started.
///
/// Neither outlives this process, however it ends: a shell waits for the end of a connection that this process holds open,
/// then kills the processes and removes the folder.
final class BenchScratch {
    let folder: String
    private let watchdog: pid_t
    private let lifeline: Int32
    private var processes: Set<pid_t> = []

    init() throws {
        let template = strdup("/tmp/lazypages-bench-XXXXXX")
        defer { free(template) }
        guard let template, let name = mkdtemp(template) else { throw Failure(.service, "mkdtemp: \(errorText())") }
        folder = String(cString: name)
        // PostgreSQL may run as another user than this process.
        chmod(folder, 0o755)
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw Failure(.service, "socketpair: \(errorText())")
        }
        defer { close(ends[1]) }
        lifeline = ends[0]
        // Each line names all processes there are. PostgreSQL takes SIGQUIT and leaves no shared memory behind.
        let script = """
            trap '' INT TERM HUP
            while read -r line; do processes=$line; done
            [ -z "$processes" ] || { kill -QUIT $processes; sleep 0.3; kill -KILL $processes; }
            rm -rf "$0"
            """
        watchdog = try BenchProcess.spawn(["/bin/sh", "-c", script, folder], input: ends[1])
    }

    deinit {
        close(lifeline)
        _ = BenchProcess.wait(for: watchdog)
    }

    func callAsFunction(_ name: String) -> String { "\(folder)/\(name)" }

    /// From now on the process ends with this one.
    func adopt(_ process: pid_t) {
        processes.insert(process)
        announce()
    }

    /// To be called before the process is waited for: its number may soon be another's.
    func release(_ process: pid_t) {
        processes.remove(process)
        announce()
    }

    private func announce() {
        let line = processes.map(String.init).joined(separator: " ") + "\n"
        _ = line.withCString { Glibc.send(lifeline, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
    }
}

/// What errno says.
func errorText() -> String { String(cString: strerror(errno)) }
