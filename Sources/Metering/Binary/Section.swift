/// The sections of a module, in the order in which they must come.
enum SectionID: Int, CaseIterable, Comparable {
    case type, `import`, function, table, memory, global, export, start, element, dataCount, code, data

    /// The number in the binary format, which is not quite in order.
    var byte: UInt8 {
        switch self {
        case .dataCount: 12
        case .code: 10
        case .data: 11
        default: UInt8(rawValue + 1)
        }
    }

    init?(byte: UInt8) {
        guard let id = Self.allCases.first(where: { $0.byte == byte }) else { return nil }
        self = id
    }

    var name: String {
        switch self {
        case .dataCount: "data count"
        default: "\(self)"
        }
    }

    static func < (left: SectionID, right: SectionID) -> Bool { left.rawValue < right.rawValue }
}

/// A section as it lies in the module.
struct Section {
    enum Kind: Equatable {
        case known(SectionID)
        case custom(name: String)
    }

    let kind: Kind
    /// Of the id.
    let start: Int
    /// Of the contents, without id and size.
    let contents: Range<Int>
}

extension ByteReader {
    /// Reads the header and all sections' headers, and checks the sections' order.
    mutating func sections() throws(MeteringError) -> [Section] {
        guard remaining >= 8, bytes[offset..<offset + 4] == [0x00, 0x61, 0x73, 0x6D] else {
            throw MeteringError(.notAModule, at: offset)
        }
        try skip(4)
        let version = bytes[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        guard version == 1 else { throw MeteringError(.unsupportedVersion(version), at: offset) }
        try skip(4)
        var (sections, last): ([Section], SectionID?) = ([], nil)
        while !isAtEnd {
            let start = offset
            let byte = try byte()
            var contents = try slice(Int(try unsigned()))
            let range = contents.offset..<contents.end
            if byte == 0 {
                sections.append(Section(kind: .custom(name: try contents.name()), start: start, contents: range))
                continue
            }
            if byte == 13 { throw MeteringError(.unsupportedFeature("a tag section (exceptions)"), at: start) }
            guard let id = SectionID(byte: byte) else { throw MeteringError(.unknownSection(byte), at: start) }
            if let last, id <= last {
                let isSecond = sections.contains { $0.kind == .known(id) }
                throw MeteringError(isSecond ? .duplicateSection(id.name) : .sectionOutOfOrder(id.name), at: start)
            }
            sections.append(Section(kind: .known(id), start: start, contents: range))
            last = id
        }
        return sections
    }
}
