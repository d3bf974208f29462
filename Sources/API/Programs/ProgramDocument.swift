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

    /// Who meters the program, and what that makes of its module.
    struct Metering: Encodable {
        var by: MeteredBy
        /// Of the newest metered forms; null for a module that meters itself, and for one that was stored before modules
        /// were metered, until its next job.
        @ExplicitNull var weightsVersion: Int?
        /// Sizes of the metered forms in bytes, by name: `fast`, `exact`.
        var sizes: [String: Int]
        /// Custom sections that the metered module does without.
        var droppedSections: [String]

        init(_ module: ProgramInterface, _ codes: [MeteredCodeSize]) {
            by = module.metering
            let newest = codes.map(\.form.weightsVersion).max()
            sizes = [:]
            for code in codes where code.form.weightsVersion == newest { sizes[code.form.name] = code.size }
            droppedSections = module.droppedSections
            weightsVersion = newest
        }
    }

    var id: String
    var code: Code
    var metering: Metering
    var memory: Memory
    var storedPages: Int
    var version: Int64
    var entries: [Entry]
    var imports: [Import]
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
        metering = Metering(module, record.meteredCodes)
        entries = module.entries
        imports = module.imports
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
