import Foundation
import PageStorage
import Pages
import Testing

@Suite("Release of resources")
struct ReleaseTests {
    /// In a process of its own, where nothing else takes memory or opens files meanwhile.
    @Test("neither reads nor connections leave anything behind", arguments: StorageKind.allCases)
    func release(kind: StorageKind) async throws {
        let test = try TestStorage(kind)
        let key = try test.open().createProgram(sampleProgram()).key
        _ = try test.open().putPage(of: key, page: 1, bytes: samplePage(1))
        await #expect(processExitsWith: .success) {
            [text = test.locationText as String, keyBytes = key.bytes as [UInt8]] in
            let key = ProgramKey(bytes: keyBytes)
            let use = { (storage: any Storage) throws in
                _ = try storage.read(key, 1, asOf: 1)
                _ = try storage.read(key, 2, asOf: 1)
                _ = try storage.readPages(of: key, pages: [1, 2], asOf: 1).take(1)
                _ = try storage.beginExecution(program: "p")
                _ = try storage.commit(sampleCommit(key, version: 0, pages: [(1, samplePage(2))]))
            }
            let location = try StorageLocation(text)
            // What is taken at first, for pools and caches, is no leak.
            let storage = try location.open()
            for _ in 0..<200 { try use(storage) }
            let (memory, files) = (residentMemory(), openFiles())
            for _ in 0..<2000 { try use(storage) }
            for _ in 0..<20 { try use(try location.open()) }
            // Two thousand forgotten pages would be 32 MB, twenty forgotten connections at least twenty files.
            #expect(residentMemory() < memory + 20_000_000)
            #expect(openFiles() < files + 15)
            withExtendedLifetime(storage) {}
        }
    }
}

private func openFiles() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
}

/// In bytes.
private func residentMemory() -> Int {
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(getpagesize())
}
