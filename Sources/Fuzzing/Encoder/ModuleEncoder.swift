/// Writes a program as a WebAssembly module: host functions first in the index space, then the program's own.
struct ModuleEncoder {
    private let program: Program
    private let hostOperations: [HostOperation]

    private init(_ program: Program) {
        self.program = program
        hostOperations = program.usesHost ? HostOperation.allCases : []
    }

    static func encode(_ program: Program) -> [UInt8] { ModuleEncoder(program).module() }

    private var firstFunction: Int { hostOperations.count }

    private func module() -> [UInt8] {
        var writer = ByteWriter()
        writer.raw([0x00, 0x61, 0x73, 0x6D, 1, 0, 0, 0])
        writer.section(1, types)
        if program.importsMemory || !hostOperations.isEmpty { writer.section(2, imports) }
        writer.section(3, functionTypes)
        if program.usesTable {
            // One table of functions, as long as there are functions.
            writer.section(4) { section in
                section.raw([1, 0x70, 0])
                section.count(program.functions.count)
            }
        }
        if !program.importsMemory {
            writer.section(5) { section in
                section.count(1)
                memoryLimits(&section)
            }
        }
        writer.section(7, exports)
        if program.usesTable { writer.section(9, elements) }
        if !program.segments.isEmpty { writer.section(12) { $0.count(program.segments.count) } }
        writer.section(10, code)
        if !program.segments.isEmpty { writer.section(11, data) }
        return writer.bytes
    }

    /// Type i is that of function i.
    private func types(_ section: inout ByteWriter) {
        section.count(firstFunction + program.functions.count)
        func type(_ params: [ValueType], _ results: [ValueType]) {
            section.byte(0x60)
            for list in [params, results] {
                section.count(list.count)
                section.raw(list.map(\.code))
            }
        }
        for operation in hostOperations {
            type(operation.paramTypes, [operation.resultType])
        }
        for function in program.functions { type(function.params, [function.resultType]) }
    }

    private func imports(_ section: inout ByteWriter) {
        section.count(hostOperations.count + (program.importsMemory ? 1 : 0))
        for (index, operation) in hostOperations.enumerated() {
            section.name(HostOperation.module)
            section.name(operation.rawValue)
            section.byte(0)
            section.count(index)
        }
        if program.importsMemory {
            section.name("env")
            section.name("memory")
            section.byte(2)
            memoryLimits(&section)
        }
    }

    private func memoryLimits(_ section: inout ByteWriter) {
        section.byte(program.memoryMaximum == nil ? 0 : 1)
        section.unsigned(UInt64(program.memoryMinimum))
        if let maximum = program.memoryMaximum { section.unsigned(UInt64(maximum)) }
    }

    private func functionTypes(_ section: inout ByteWriter) {
        section.count(program.functions.count)
        for index in program.functions.indices { section.count(firstFunction + index) }
    }

    private func exports(_ section: inout ByteWriter) {
        section.count(1 + (program.importsMemory ? 0 : 1))
        section.name(Program.entry)
        section.byte(0)
        section.count(firstFunction + program.functions.count - 1)
        if !program.importsMemory {
            section.name("memory")
            section.raw([2, 0])
        }
    }

    /// All functions but the entry, from the table's beginning.
    private func elements(_ section: inout ByteWriter) {
        section.raw([1, 0, 0x41, 0, 0x0B])
        section.count(program.functions.count - 1)
        for index in program.functions.indices.dropLast() { section.count(firstFunction + index) }
    }

    private func code(_ section: inout ByteWriter) {
        section.count(program.functions.count)
        for function in program.functions {
            section.sized { body in
                body.count(function.locals.count)
                for local in function.locals { body.raw([1, local.code]) }
                var encoder = FunctionEncoder(function: function, firstFunction: firstFunction)
                encoder.encode()
                body.raw(encoder.writer.bytes)
            }
        }
    }

    private func data(_ section: inout ByteWriter) {
        section.count(program.segments.count)
        for segment in program.segments {
            if let offset = segment.offset {
                section.raw([0, 0x41])
                section.signed(Int64(Int32(bitPattern: offset)))
                section.byte(0x0B)
            } else {
                section.byte(1)
            }
            section.count(segment.bytes.count)
            section.raw(segment.bytes)
        }
    }
}

extension HostOperation {
    /// Its function index in a module that imports all of them.
    var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
