import CProcess
import Foundation

/// How a worker process stands to the server that started it.
public enum WorkerConnection {
    /// The socket that the server gives to its worker.
    public static let descriptor: Int32 = 3
    /// The memory behind the `JobProgress` of the two.
    public static let progressDescriptor: Int32 = 4

    /// Ties this process to the server: the kernel kills it when the thread that started it ends, however that comes.
    /// Signals that ask a whole process group or container to end are left to the server, which lets jobs finish first.
    ///
    /// - Parameter parent: the server's process, from `FrameChannel.peerProcess()`.
    /// - Returns: false if the server has gone already; the worker then has nothing left to do.
    public static func dieWithParent(expected parent: pid_t) -> Bool {
        for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, SIG_IGN) }
        // In this order: a server that ends before the call is seen by the comparison.
        return cprocess_die_with_parent_thread() == 0 && getppid() == parent
    }

    /// Where the machine or the container runs out of memory, the kernel is to end this process rather than the server
    /// (proc(5), oom_score_adj): a job lost is run again.
    public static func standInForServer() {
        let file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        let score = Array("500".utf8)
        _ = write(file, score, score.count)
        close(file)
    }
}
