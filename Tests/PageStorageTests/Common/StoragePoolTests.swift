import Foundation
import PageStorage
import Testing

@Suite("Storage pool")
struct StoragePoolTests {
    @Test("calls run side by side, each with a connection of its own", arguments: StorageKind.allCases)
    func calls(kind: StorageKind) async throws {
        let test = try TestStorage(kind)
        let pool = StoragePool(location: test.location, connections: 3, patience: .seconds(60))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<30 {
                group.addTask {
                    let created = try await pool.withStorage { storage throws(StorageError) in
                        try storage.createProgram(sampleProgram("\(number)"))
                    }
                    #expect(created.id == "\(number)")
                }
            }
            try await group.waitForAll()
        }
        let all = try await pool.withStorage { storage throws(StorageError) in
            try storage.programs(after: nil, limit: 100).count
        }
        #expect(all == 30)
        await pool.close()
    }

    @Test("a call's error is its caller's", arguments: StorageKind.allCases)
    func errors(kind: StorageKind) async throws {
        let pool = StoragePool(location: try TestStorage(kind).location, connections: 1, patience: .seconds(60))
        let create = { @Sendable (storage: any Storage) throws(StorageError) in
            _ = try storage.createProgram(sampleProgram())
        }
        try await pool.withStorage(create)
        await #expect(throws: StorageError.programExists) { try await pool.withStorage(create) }
        await pool.close()
    }

    @Test("waiting calls do not hold up other tasks", .timeLimit(.minutes(5)))
    func asynchrony() async throws {
        let count = 4 * ProcessInfo.processInfo.activeProcessorCount
        let pool = StoragePool(location: try TestStorage(.sqlite).location, connections: count, patience: .seconds(60))
        let (started, go) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask {
                    try await pool.withStorage { _ throws(StorageError) in
                        started.signal()
                        go.wait()
                    }
                }
            }
            for _ in 0..<count { await waited(for: started) }
            for _ in 0..<count { go.signal() }
            try await group.waitForAll()
        }
        await pool.close()
    }

    @Test("calls are counted by how they ended, and those under way and waiting as they are")
    func statistics() async throws {
        let pool = StoragePool(location: try TestStorage(.sqlite).location, connections: 1, patience: .seconds(60))
        let isSeen = DispatchSemaphore(value: 0)
        async let holding: Void = pool.withStorage { _ throws(StorageError) in
            isSeen.wait()
        }
        while pool.statistics.running != 1 { try await Task.sleep(for: .milliseconds(1)) }
        async let failing: Void = pool.withStorage { _ throws(StorageError) -> Void in throw .failed("test") }
        while pool.statistics.waiting != 1 { try await Task.sleep(for: .milliseconds(1)) }
        isSeen.signal()
        _ = try? await (holding, failing)
        let statistics = pool.statistics
        #expect(statistics.connections == 1)
        #expect(statistics.running == 0)
        #expect(statistics.waiting == 0)
        #expect(statistics.durations.reduce(0, +) == 2)
        #expect(statistics.errors["failed"] == 1)
        await pool.close()
    }

    @Test("a call that waited too long for a connection is unavailable")
    func patience() async throws {
        let pool = StoragePool(
            location: try TestStorage(.sqlite).location, connections: 1, patience: .milliseconds(10))
        // Repeated, since on a busy machine the calls may come one after another.
        var errors: [StorageError] = []
        for _ in 0..<20 where errors.isEmpty {
            errors = await withTaskGroup(of: StorageError?.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        do throws(StorageError) {
                            try await pool.withStorage { _ throws(StorageError) in _ = usleep(50_000) }
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
                return await group.reduce(into: []) { $0 += [$1].compactMap(\.self) }
            }
        }
        #expect(errors.first == .unavailable("no storage connection came free in time"))
        await pool.close()
    }

    @Test("a storage that appears later is found")
    func lateStorage() async throws {
        let folder = "\(try TemporaryFolder.ofThisProcess())/\(UUID().uuidString)"
        let pool = StoragePool(location: .sqlite(path: folder + "/test.db"), connections: 1, patience: .seconds(60))
        let ping = { @Sendable (storage: any Storage) throws(StorageError) in try storage.ping() }
        await #expect(throws: StorageError.self) { try await pool.withStorage(ping) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try await pool.withStorage(ping)
        await pool.close()
    }

    @Test("closing finishes the calls under way and refuses new ones")
    func close() async throws {
        let pool = StoragePool(location: try TestStorage(.sqlite).location, connections: 2, patience: .seconds(60))
        let isStarted = DispatchSemaphore(value: 0)
        async let value = pool.withStorage { _ throws(StorageError) in
            isStarted.signal()
            usleep(100_000)
            return 7
        }
        await waited(for: isStarted)
        await pool.close()
        #expect(try await value == 7)
        await #expect(throws: StorageError.unavailable("the storage is closed")) {
            try await pool.withStorage { storage throws(StorageError) in try storage.ping() }
        }
        await pool.close()
    }
}

/// Waits without holding up the cooperative thread pool.
private func waited(for semaphore: DispatchSemaphore) async {
    await withCheckedContinuation { continuation in
        Thread {
            semaphore.wait()
            continuation.resume()
        }.start()
    }
}
