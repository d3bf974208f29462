/// What metering must know of a module: what is numbered, what is exported under the metering's names, and where the
/// functions lie. Everything else is Wasmtime's to check, and is carried along as it is.
struct Module {
    let bytes: [UInt8]
    let sections: [Section]

    /// Number of parameters of each type.
    private(set) var parameterCounts: [Int] = []
    /// Those with more parameters than a block may have.
    private var wideTypes: Set<Int> = []
    /// Types of the functions that the module defines.
    private(set) var functionTypes: [Int] = []
    private(set) var importedFunctionCount = 0
    private(set) var importedGlobalCount = 0
    /// Imported ones first.
    private(set) var globals: [GlobalType] = []
    private(set) var hasMemory = false
    private(set) var exportCount = 0
    private(set) var gasExports: [GasExport] = []
    /// Bodies of the functions that the module defines, without their sizes.
    private(set) var bodies: [Range<Int>] = []
    /// Where the entries of a section lie that begins with their number.
    private(set) var entries: [SectionID: Range<Int>] = [:]

    struct GasExport: Equatable {
        let name: GasName
        /// Nil for what is not a global.
        let global: GlobalType?
        let offset: Int
    }

    /// - Parameter faults: takes those that keep nothing else from being read. Without it, they are thrown.
    init(_ bytes: [UInt8], _ faults: FaultCollector? = nil) throws(MeteringError) {
        self.bytes = bytes
        var reader = ByteReader(bytes, 0..<bytes.count)
        sections = try reader.sections()
        for section in sections {
            guard case .known(let id) = section.kind else { continue }
            do throws(MeteringError) {
                try read(id, section.contents)
            } catch {
                // The others say what there is for functions to refer to.
                guard let faults, [.export, .element, .code].contains(id) else { throw error }
                faults.add(error)
                if id == .code { return }
            }
        }
        if bodies.count != functionTypes.count {
            let fault = MeteringError(
                .functionCountMismatch(declared: functionTypes.count, defined: bodies.count), at: bytes.count)
            guard let faults else { throw fault }
            faults.add(fault)
        }
    }

    private mutating func read(_ id: SectionID, _ contents: Range<Int>) throws(MeteringError) {
        var reader = ByteReader(bytes, contents)
        switch id {
        case .type: try readTypes(&reader)
        case .import: try readImports(&reader)
        case .function: try readFunctions(&reader)
        case .global: try readGlobals(&reader)
        case .export: try readExports(&reader)
        case .element: try readElementSegments(&reader)
        case .code: try readBodies(&reader)
        case .memory:
            if try reader.unsigned() > 0 { hasMemory = true }
            return
        // What stands here reaches nothing that is appended: a start function has no parameters, and a constant
        // expression no mutable global.
        case .table, .start, .dataCount, .data: return
        }
        try reader.requireEnd(of: "\(id.name) section")
    }

    var functionCount: Int { importedFunctionCount + functionTypes.count }

    /// As far as the module is read.
    var spaces: IndexSpaces {
        IndexSpaces(
            types: parameterCounts.count, functions: functionCount, globals: globals.count, wideTypes: wideTypes)
    }

    /// The module exports a gas counter already, and is taken to use it.
    var isSelfMetered: Bool {
        gasExports.contains { $0.name == .gas && $0.global == GlobalType(value: .i64, isMutable: true) }
    }

    /// An export under a name of the metering's. A module that meters itself has ``GasName/gas`` and none of the others,
    /// by which the metered forms are known.
    var reservedExport: MeteringError? {
        let isSelfMetered = isSelfMetered
        guard let export = gasExports.first(where: { !isSelfMetered || $0.name != .gas }) else { return nil }
        return MeteringError(.reservedExport(export.name.rawValue), at: export.offset)
    }

    /// - Parameter read: reads one entry.
    private mutating func readEntries(
        _ id: SectionID, _ reader: inout ByteReader,
        _ read: (inout Module, inout ByteReader) throws(MeteringError) -> Void
    ) throws(MeteringError) {
        let count = try reader.count()
        entries[id] = reader.offset..<reader.end
        for _ in 0..<count { try read(&self, &reader) }
    }

    private mutating func readTypes(_ reader: inout ByteReader) throws(MeteringError) {
        try readEntries(.type, &reader) { (module, reader) throws(MeteringError) in
            let parameters = try reader.functionType()
            if parameters > Limits.valueCount { module.wideTypes.insert(module.parameterCounts.count) }
            module.parameterCounts.append(parameters)
        }
    }

    private mutating func readImports(_ reader: inout ByteReader) throws(MeteringError) {
        try readEntries(.import, &reader) { (module, reader) throws(MeteringError) in
            _ = try reader.name()
            _ = try reader.name()
            let start = reader.offset
            switch try reader.byte() {
            case 0:
                try reader.index(.type, module.spaces)
                module.importedFunctionCount += 1
            case 1:
                _ = try reader.referenceType()
                try reader.skipLimits()
            case 2:
                try reader.skipLimits()
                module.hasMemory = true
            case 3:
                module.globals.append(try reader.globalType())
                module.importedGlobalCount += 1
            case 4: throw MeteringError(.unsupportedFeature("a tag import (exceptions)"), at: start)
            case let kind: throw MeteringError(.malformedImport(kind: kind), at: start)
            }
        }
    }

    private mutating func readFunctions(_ reader: inout ByteReader) throws(MeteringError) {
        try readEntries(.function, &reader) { (module, reader) throws(MeteringError) in
            module.functionTypes.append(try reader.index(.type, module.spaces))
        }
    }

    private mutating func readGlobals(_ reader: inout ByteReader) throws(MeteringError) {
        try readEntries(.global, &reader) { (module, reader) throws(MeteringError) in
            let type = try reader.globalType()
            try reader.skipConstantExpression(module.spaces)
            module.globals.append(type)
        }
    }

    private mutating func readExports(_ reader: inout ByteReader) throws(MeteringError) {
        try readEntries(.export, &reader) { (module, reader) throws(MeteringError) in
            let start = reader.offset
            let name = try reader.name()
            let kindOffset = reader.offset
            let kind = try reader.byte()
            var global: GlobalType?
            switch kind {
            case 0: try reader.index(.function, module.spaces)
            case 1, 2: _ = try reader.unsigned()
            case 3: global = module.globals[try reader.index(.global, module.spaces)]
            default: throw MeteringError(.malformedExport(kind: kind), at: kindOffset)
            }
            module.exportCount += 1
            guard let name = GasName(rawValue: name) else { return }
            module.gasExports.append(GasExport(name: name, global: global, offset: start))
        }
    }

    private mutating func readElementSegments(_ reader: inout ByteReader) throws(MeteringError) {
        try readEntries(.element, &reader) { (module, reader) throws(MeteringError) in
            try reader.skipElementSegment(module.spaces)
        }
    }

    private mutating func readBodies(_ reader: inout ByteReader) throws(MeteringError) {
        try readEntries(.code, &reader) { (module, reader) throws(MeteringError) in
            module.bodies.append(try reader.skip(Int(try reader.unsigned())))
        }
    }
}
