import PageStorage
import Synchronization
import WorkerProtocol

/// What a submission is checked against.
struct CheckedProgram: Sendable {
    var key: ProgramKey
    var interface: ProgramInterface
}

/// Programs' keys and interfaces, so that a job need not ask the storage for them.
///
/// An entry may be out of date: a program that was deleted, and even created anew, on another server. The storage knows by
/// the key when it accepts a job, and who is told so drops the entry.
final class InterfaceCache: Sendable {
    private struct Entries {
        /// Used since the last change of generations, and before.
        var young: [String: CheckedProgram] = [:]
        var old: [String: CheckedProgram] = [:]
    }

    private let entries = Mutex(Entries())
    private let generationSize: Int

    /// - Parameter limit: how many programs are kept at most.
    init(limit: Int = 2048) { generationSize = limit / 2 }

    subscript(program: String) -> CheckedProgram? {
        entries.withLock { entries in
            if let found = entries.young[program] { return found }
            guard let found = entries.old.removeValue(forKey: program) else { return nil }
            insert(found, program, &entries)
            return found
        }
    }

    func insert(_ checked: CheckedProgram, for program: String) {
        entries.withLock { insert(checked, program, &$0) }
    }

    func remove(_ program: String) {
        entries.withLock { entries in
            entries.young[program] = nil
            entries.old[program] = nil
        }
    }

    private func insert(_ checked: CheckedProgram, _ program: String, _ entries: inout Entries) {
        if entries.young.count >= generationSize {
            entries.old = entries.young
            entries.young = [:]
        }
        entries.young[program] = checked
    }
}
