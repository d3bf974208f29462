import Foundation

/// The command under test.
enum Executable {
    /// It is built beside the tests.
    static let path = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "lazypages").path

    /// Runs it to its end.
    static func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> (end: ChildProcess.End, output: String, errors: String) {
        let folder = try TestFolder()
        let process = try ChildProcess([path] + arguments, environment: environment, folder: folder.path)
        let end = try await process.waitForEnd()
        return (end, process.output, process.errors)
    }
}
