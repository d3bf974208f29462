import Foundation
import WorkerProtocol

/// How much memory a process has.
struct ProcessMemory: ~Copyable, Sendable {
    private let file: Descriptor

    /// Opened once: it stands for this process, also when its number has become another's.
    init(of process: pid_t) { file = Descriptor(owning: open("/proc/\(process)/statm", O_RDONLY | O_CLOEXEC)) }

    /// What it has for itself: neither a file holds it nor another process shares it. In bytes, as it is now; nil once the
    /// process is gone, and where the system does not tell.
    var current: UInt64? { sizes.flatMap { $0.resident >= $0.shared ? $0.resident - $0.shared : nil } }

    /// What it has of the machine's memory, as ``current``.
    var resident: UInt64? { sizes?.resident }

    private var sizes: (resident: UInt64, shared: UInt64)? {
        let text = withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
            let length = pread(file.number, buffer.baseAddress, buffer.count, 0)
            return String(decoding: UnsafeRawBufferPointer(rebasing: buffer[..<max(0, length)]), as: UTF8.self)
        }
        // proc_pid_statm(5): pages of all that is mapped, of what is resident, and of what of that others may share.
        let pages = text.split(separator: " ").prefix(3).compactMap { UInt64($0) }
        guard pages.count == 3 else { return nil }
        let pageSize = UInt64(sysconf(Int32(_SC_PAGESIZE)))
        return (pages[1] * pageSize, pages[2] * pageSize)
    }
}
