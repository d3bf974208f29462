import Foundation

/// What jobs and clients need to know of a program's module before a worker has it; kept with the program as JSON.
public struct ProgramInterface: Codable, Sendable, Equatable {
    public var entries: [Entry]
    public var imports: [Import]
    public var metering: MeteredBy
    public var droppedSections: [String]

    public init(_ description: ModuleDescription) {
        entries = description.entries
        imports = description.imports
        metering = description.metering
        droppedSections = description.droppedSections
    }

    /// Reads what `text` wrote.
    public init(text: String) throws { self = try JSONCoding.decode(Self.self, from: Data(text.utf8)) }

    public var text: String {
        get throws { String(decoding: try JSONCoding.encode(self), as: UTF8.self) }
    }
}

extension ProgramInterface {
    private enum CodingKeys: CodingKey { case entries, imports, metering, droppedSections, metered }

    /// The service once stored only the entries, and in `metered` whether the program meters itself.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        entries = try container.decode([Entry].self, forKey: .entries)
        imports = try container.decodeIfPresent([Import].self, forKey: .imports) ?? []
        droppedSections = try container.decodeIfPresent([String].self, forKey: .droppedSections) ?? []
        let metersItself = try container.decodeIfPresent(Bool.self, forKey: .metered) ?? false
        metering =
            try container.decodeIfPresent(MeteredBy.self, forKey: .metering) ?? (metersItself ? .program : .service)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(entries, forKey: .entries)
        try container.encode(imports, forKey: .imports)
        try container.encode(metering, forKey: .metering)
        try container.encode(droppedSections, forKey: .droppedSections)
    }
}
