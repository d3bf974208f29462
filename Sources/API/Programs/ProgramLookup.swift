import HTTPServer
import PageStorage
import WorkerProtocol

/// Finds what submissions are checked against.
struct ProgramLookup: Sendable {
    let storage: StorageAccess
    let cache = InterfaceCache()

    /// - Parameter isKnownStale: what is remembered of the program is not to be used.
    /// - Throws: 404 `program_not_found`, and 422 as ``JobSubmission/check(against:)``.
    func check(_ submission: JobSubmission, isKnownStale: Bool) async throws(HTTPError) -> CheckedProgram {
        if !isKnownStale, let remembered = cache[submission.program],
            (try? submission.check(against: remembered.interface)) != nil
        {
            return remembered
        }
        let found = try await read(submission.program)
        try submission.check(against: found.interface)
        return found
    }

    private func read(_ program: String) async throws(HTTPError) -> CheckedProgram {
        cache.remove(program)
        let found = try await storage { (storage) throws(StorageError) in try storage.programInterface(id: program) }
        guard let found else { throw .programNotFound(program) }
        guard let interface = try? ProgramInterface(text: found.interface) else { throw .internalError }
        let checked = CheckedProgram(key: found.key, interface: interface)
        cache.insert(checked, for: program)
        return checked
    }
}
