import Foundation

/// The system's processes, as `/proc` tells them.
enum ProcessTable {
    /// Processes that this one started and that have not ended.
    static func children(of parent: pid_t) -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { status(of: $0)?.parent == parent && isRunning($0) }
    }

    /// Whether the process is there and has not ended: one that nobody has asked for its end is a zombie.
    static func isRunning(_ process: pid_t) -> Bool {
        guard let state = status(of: process)?.state else { return false }
        return state != "Z" && state != "X"
    }

    /// proc(5): number, name in parentheses, state, parent; the name may hold anything.
    private static func status(of process: pid_t) -> (state: String, parent: pid_t)? {
        guard let line = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return nil }
        let fields = String(decoding: line, as: UTF8.self).split(separator: ")").last?.split(separator: " ")
        guard let fields, fields.count > 1, let parent = pid_t(fields[1]) else { return nil }
        return (String(fields[0]), parent)
    }
}
