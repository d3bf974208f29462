import Foundation
import PageStorage
import Testing

@testable import API

@Suite("Asking whether the storage answers")
struct StorageHealthTests {
    private func location() -> StorageLocation {
        .sqlite(path: FileManager.default.temporaryDirectory.appending(path: "health-\(UUID().uuidString).db").path)
    }

    @Test("a storage that is busy beyond patience counts as down, and as up once it answers", .timeLimit(.minutes(1)))
    func patience() async throws {
        let pool = StoragePool(location: location(), connections: 1)
        let health = StorageHealth(pool: pool, patience: .milliseconds(50))
        let release = DispatchSemaphore(value: 0)
        let (begun, hasBegun) = AsyncStream.makeStream(of: Void.self)
        let busy = Task {
            try await pool.withStorage { (_) throws(StorageError) in
                hasBegun.finish()
                release.wait()
            }
        }
        for await _ in begun {}
        #expect(await health.isUp() == false)
        #expect(await health.isUp() == false)
        release.signal()
        try await busy.value
        let patient = StorageHealth(pool: pool, patience: .seconds(30))
        #expect(await patient.isUp())
        await pool.close()
    }
}
