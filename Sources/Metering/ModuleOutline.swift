/// What a module says of itself outside its functions, whether it can be metered or not.
public struct ModuleOutline: Equatable, Sendable {
    /// Imported ones first.
    public private(set) var memories: [Memory] = []
    public private(set) var imports: [Import] = []
    public private(set) var exports: [Export] = []
    /// How many functions the module says that it defines.
    public private(set) var definedFunctionCount = 0
    /// Offset of the start section in bytes, if there is one.
    public private(set) var startSection: Int?

    public struct Memory: Equatable, Sendable {
        public let isShared: Bool
        public let is64Bit: Bool
        /// Pages are not of 64 KiB.
        public let hasOwnPageSize: Bool
        /// In pages.
        public let minimum: UInt64
        /// In pages.
        public let maximum: UInt64?
    }

    public enum Kind: UInt8, Sendable { case function, table, memory, global, tag }

    public struct Import: Equatable, Sendable {
        public let module: String
        public let name: String
        public let kind: Kind
    }

    public struct Export: Equatable, Sendable {
        public let name: String
        public let kind: Kind
    }

    /// - Parameter binary: a module in the binary format, which need not be valid.
    /// - Throws: why the sections that this needs cannot be read.
    public init(_ binary: [UInt8]) throws(MeteringError) {
        var reader = ByteReader(binary, 0..<binary.count)
        for section in try reader.sections() {
            var reader = ByteReader(binary, section.contents)
            switch section.kind {
            case .known(.import): for _ in 0..<(try reader.count()) { try readImport(&reader) }
            case .known(.function): definedFunctionCount = Int(try reader.unsigned())
            case .known(.memory): for _ in 0..<(try reader.count()) { memories.append(try reader.memory()) }
            case .known(.export): for _ in 0..<(try reader.count()) { exports.append(try reader.export()) }
            case .known(.start): startSection = section.start
            default: break
            }
        }
    }

    private mutating func readImport(_ reader: inout ByteReader) throws(MeteringError) {
        let (module, name) = (try reader.name(), try reader.name())
        let start = reader.offset
        let byte = try reader.byte()
        guard let kind = Kind(rawValue: byte) else { throw MeteringError(.malformedImport(kind: byte), at: start) }
        switch kind {
        case .function: _ = try reader.unsigned()
        case .table:
            _ = try reader.referenceType()
            _ = try reader.memory()
        case .memory: memories.append(try reader.memory())
        case .global: _ = try reader.globalType()
        case .tag:
            try reader.skip(1)
            _ = try reader.unsigned()
        }
        imports.append(Import(module: module, name: name, kind: kind))
    }
}

extension ByteReader {
    /// A table's limits have the same form.
    fileprivate mutating func memory() throws(MeteringError) -> ModuleOutline.Memory {
        let start = offset
        let flags = try byte()
        guard flags < 16 else { throw MeteringError(.unsupportedFeature("a memory of this kind"), at: start) }
        let minimum = try unsigned64()
        let maximum = flags & 1 == 0 ? nil : try unsigned64()
        if flags & 8 != 0 { _ = try unsigned() }
        return ModuleOutline.Memory(
            isShared: flags & 2 != 0, is64Bit: flags & 4 != 0, hasOwnPageSize: flags & 8 != 0, minimum: minimum,
            maximum: maximum)
    }

    fileprivate mutating func export() throws(MeteringError) -> ModuleOutline.Export {
        let name = try name()
        let start = offset
        let byte = try byte()
        guard let kind = ModuleOutline.Kind(rawValue: byte) else {
            throw MeteringError(.malformedExport(kind: byte), at: start)
        }
        _ = try unsigned()
        return ModuleOutline.Export(name: name, kind: kind)
    }
}
