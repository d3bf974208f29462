import Foundation

/// A folder for the files of all tests, removed when the test process ends.
enum TemporaryFolder {
    private static let path = FileManager.default.temporaryDirectory
        .appendingPathComponent("lazypages-worker-\(UUID().uuidString)").path

    private static let made = Result {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(atPath: path) }
        return path
    }

    static func ofThisProcess() throws -> String { try made.get() }
}
