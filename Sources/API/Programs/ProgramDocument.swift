import Foundation
import PageStorage
import WorkerProtocol

/// A program as clients see it. Memory is counted in WebAssembly pages.
struct ProgramDocument: Encodable {
    struct Code: Encodable {
        /// `sha256:` and lower-case hex.
        var hash: String
        /// In bytes.
        var size: Int
    }

    struct Memory: Encodable {
        var size: UInt32
        var stackEnd: UInt32
        var maximum: UInt32
    }

    var id: String
    var code: Code
    var memory: Memory
    var storedPages: Int
    var version: Int64
    var entries: [Entry]
    var metered: Bool
    var labels: [String: String]
    var createdAt: Timestamp
    var updatedAt: Timestamp

    init(_ record: ProgramRecord) throws {
        let module = try ProgramInterface(text: record.interface)
        id = record.id
        code = Code(hash: "sha256:\(record.codeHash)", size: record.codeSize)
        memory = Memory(size: record.memorySize, stackEnd: record.stackEnd, maximum: record.memoryMaximum)
        storedPages = record.storedPages
        version = record.version
        entries = module.entries
        metered = module.metered
        labels = try JSONCoding.decode([String: String].self, from: Data(record.labels.utf8))
        createdAt = Timestamp(milliseconds: record.createdAt)
        updatedAt = Timestamp(milliseconds: record.updatedAt)
    }
}

/// An answer of `GET /v1/programs`.
struct ProgramListDocument: Encodable {
    var programs: [ProgramDocument]
    @ExplicitNull var nextCursor: String?
}
