import Foundation
import HTTPServer
import PageStorage
import WorkerProtocol

/// What the storage keeps of a module's description beside the memory's shape, as JSON in `ProgramRecord.entries`.
struct StoredModule: Codable, Sendable {
    var entries: [Entry]
    /// Whether jobs of the program have gas.
    var metered: Bool

    init(_ description: ModuleDescription) {
        entries = description.entries
        metered = description.metered
    }
}

extension NewProgram {
    /// A program of a module that was looked at, in the form in which the service stores it.
    /// - Parameters:
    ///   - code: the module's binary form.
    ///   - stackEnd: in WebAssembly pages.
    public init(
        id: String, module: ModuleDescription, code: [UInt8], stackEnd: UInt32, labels: [String: String] = [:]
    ) throws {
        self.init(
            id: id, key: ProgramKey(bytes: UUIDv7.next().bytes), codeHash: module.hash, code: code,
            memorySize: module.memorySize, memoryMaximum: module.memoryMaximum, stackEnd: stackEnd,
            entries: try Self.text(StoredModule(module)), labels: try Self.text(labels),
            createdAt: Timestamp.now().milliseconds)
    }

    private static func text(_ value: some Encodable) throws -> String {
        String(decoding: try JSONCoding.encode(value), as: UTF8.self)
    }
}

extension ProgramRecord {
    func module() throws -> StoredModule { try JSONCoding.decode(StoredModule.self, from: Data(entries.utf8)) }
}
