import Foundation

/// The seed of the present run, in a file that outlives a crash.
struct FuzzProgress {
    private let file: FileHandle

    init(path: String) throws {
        guard let file = FileHandle(forWritingAtPath: path) else {
            throw Failure(.service, "the progress file cannot be written")
        }
        self.file = file
    }

    func begin(seed: UInt64) {
        withUnsafeBytes(of: seed.littleEndian) { _ = pwrite(file.fileDescriptor, $0.baseAddress, $0.count, 0) }
    }

    /// Nil before the first run.
    static func seed(path: String) -> UInt64? {
        guard let bytes = FileManager.default.contents(atPath: path), bytes.count == 8 else { return nil }
        return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
