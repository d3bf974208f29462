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

extension ProgramRecord {
    func module() throws -> StoredModule { try JSONCoding.decode(StoredModule.self, from: Data(entries.utf8)) }
}
