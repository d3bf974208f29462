import Foundation
import PageStorage
import Testing

@testable import API

@Suite("Asking whether the storage answers")
struct StorageHealthTests {
    @Test("a storage that is busy beyond patience counts as down, and as up once it answers")
    func patience() async throws {
        let folder = TemporaryFolder()
        let location = StorageLocation.sqlite(path: folder.path("lazypages.db"))
        let pool = StoragePool(location: location, connections: 1, patience: .seconds(60))
        let health = StorageHealth(pool: pool, patience: .milliseconds(50))
        let release = DispatchSemaphore(value: 0)
        let (begun, hasBegun) = AsyncStream.makeStream(of: Void.self)
        let busy = Task {
            try await pool.withStorage { (_) throws(StorageError) in
                hasBegun.finish()
                // Bounded, so that a question without patience ends too, with the other answer.
                _ = release.wait(timeout: .now() + 20)
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
        withExtendedLifetime(folder) {}
    }
}
