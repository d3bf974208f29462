import Foundation

/// What jobs need to know of a program's module before a worker has it; kept with the program as JSON.
public struct ProgramInterface: Codable, Sendable, Equatable {
    public var entries: [Entry]
    /// Whether jobs of the program have gas.
    public var metered: Bool

    public init(_ description: ModuleDescription) {
        entries = description.entries
        metered = description.metered
    }

    /// Reads what `text` wrote.
    public init(text: String) throws { self = try JSONCoding.decode(Self.self, from: Data(text.utf8)) }

    public var text: String {
        get throws { String(decoding: try JSONCoding.encode(self), as: UTF8.self) }
    }
}
