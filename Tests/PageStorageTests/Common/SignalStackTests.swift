import Foundation
import PageStorage
import Pages
import TestSupport
import Testing

@Suite("Signal stack")
struct SignalStackTests {
    /// The fault handler of a worker reads pages on a stack of this size.
    static let stackSize = 256 * 1024

    @Test("pages are read, and a lost connection is opened again, on a small stack", arguments: StorageKind.allCases)
    func smallStack(kind: StorageKind) async throws {
        let test = try TestStorage(kind)
        let key = try test.open().createProgram(sampleProgram()).key
        _ = try test.open().putPage(of: key, page: 1, bytes: samplePage(1))
        let read = try await withCheckedThrowingContinuation { continuation in
            let thread = Thread {
                continuation.resume(
                    with: Result {
                        let storage = try test.open()
                        _ = try storage.read(key, 1, asOf: 1)
                        if case .postgres(let url) = test.location { try RawPostgres(url).endOthers() }
                        let batch = try storage.readPages(of: key, pages: (0..<1024).map { PageNumber($0) }, asOf: 1)
                        if case .postgres(let url) = test.location { try RawPostgres(url).endOthers() }
                        #expect(batch.take(1).1 == samplePage(1))
                        return try storage.read(key, 1, asOf: 1).1
                    })
            }
            thread.stackSize = Self.stackSize
            thread.start()
        }
        #expect(read == samplePage(1))
    }
}
