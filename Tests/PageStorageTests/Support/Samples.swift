import Foundation
import PageStorage
import Pages

/// A page whose bytes cannot be compressed and are the same for the same seed.
func samplePage(_ seed: UInt64) -> [UInt8] {
    var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    var bytes: [UInt8] = []
    bytes.reserveCapacity(PageSize.gear)
    while bytes.count < PageSize.gear {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        withUnsafeBytes(of: state) { bytes.append(contentsOf: $0) }
    }
    return bytes
}

let zeroPage = [UInt8](repeating: 0, count: PageSize.gear)

/// A UUIDv7 in its textual form, of the given time.
func jobID(at milliseconds: Int64 = 1_700_000_000_000) -> String {
    let time = String(milliseconds, radix: 16)
    let head = String(repeating: "0", count: 12 - time.count) + time
    let tail = UUID().uuidString.lowercased().dropFirst(15)
    return "\(head.prefix(8))-\(head.suffix(4))-7\(tail)"
}

func sampleJob(
    id: String = jobID(), program: String = "p", state: String = "finished", outcome: String? = "success",
    createdAt: Int64 = 1_700_000_000_001
) -> JobRecord {
    JobRecord(
        id: id, program: program, state: state, outcome: outcome, createdAt: createdAt, finishedAt: createdAt + 5,
        document: Array("{\"id\":\"\(id)\",\"text\":\"äöü\"}".utf8))
}

func sampleProgram(_ id: String = "p", code: [UInt8] = Array("code".utf8)) -> NewProgram {
    NewProgram(
        id: id, key: ProgramKey(bytes: withUnsafeBytes(of: UUID().uuid) { Array($0) }),
        codeHash: "hash of \(String(decoding: code, as: UTF8.self))", code: code, memorySize: 17, memoryMaximum: 512,
        stackEnd: 1, interface: #"[{"name":"handle"}]"#, labels: #"{"owner":"Zoë"}"#, createdAt: 1_700_000_000_123)
}

func sampleCommit(
    _ program: ProgramKey, version: Int64, memorySize: UInt32 = 17, pages: [(page: PageNumber, bytes: [UInt8])] = [],
    freedPages: [PageNumber] = [], job: JobRecord = sampleJob()
) -> Commit {
    Commit(
        key: program, version: version, memorySize: memorySize, pages: pages, freedPages: freedPages, job: job)
}

extension Storage {
    /// Reads a page as of a version, with its bytes if it was found.
    func read(_ key: ProgramKey, _ page: PageNumber, asOf version: Int64) throws -> (PageRead, [UInt8]) {
        var bytes = [UInt8](repeating: 0xee, count: PageSize.gear)
        let read = try bytes.withUnsafeMutableBytes { buffer throws(StorageError) in
            try readPage(of: key, page: page, asOf: version, into: buffer)
        }
        return (read, bytes)
    }
}

/// Runs `body`, which must throw `unavailable`, and returns the message.
func unavailableMessage(_ body: () throws -> Void) throws -> String {
    do {
        try body()
    } catch StorageError.unavailable(let message) {
        return message
    }
    throw StorageError.failed("nothing was unavailable")
}
