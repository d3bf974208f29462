/// Writes a program as a WebAssembly module: host functions first in the index space, then the charge function, then the
/// program's own.
struct ModuleEncoder {
    private let program: Program
    private let hostOperations: [HostOperation]

    private init(_ program: Program) {
        self.program = program
        hostOperations = program.usesHost ? HostOperation.allCases : []
    }

    static func encode(_ program: Program) -> [UInt8] { ModuleEncoder(program).module() }

    /// The function that charges: sets the counter to 0 and executes `unreachable` when it does not suffice.
    private var chargeIndex: Int { hostOperations.count }
    private var firstFunction: Int { hostOperations.count + (program.isMetered ? 1 : 0) }

    private func module() -> [UInt8] {
        var writer = ByteWriter()
        writer.raw([0x00, 0x61, 0x73, 0x6D, 1, 0, 0, 0])
        writer.section(1, types)
        if program.importsMemory || !hostOperations.isEmpty { writer.section(2, imports) }
        writer.section(3, functionTypes)
        if !program.importsMemory {
            writer.section(5) { section in
                section.count(1)
                memoryLimits(&section)
            }
        }
        // A mutable i64 global with the initial value 0.
        if program.isMetered { writer.section(6) { $0.raw([1, 0x7E, 1, 0x42, 0, 0x0B]) } }
        writer.section(7, exports)
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
        if program.isMetered { type([.i64], []) }
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
        let indices = hostOperations.count..<firstFunction + program.functions.count
        section.count(indices.count)
        for index in indices { section.count(index) }
    }

    private func exports(_ section: inout ByteWriter) {
        section.count(1 + (program.isMetered ? 1 : 0) + (program.importsMemory ? 0 : 1))
        section.name(Program.entry)
        section.byte(0)
        section.count(firstFunction + program.functions.count - 1)
        if program.isMetered {
            section.name("gear_gas")
            section.raw([3, 0])
        }
        if !program.importsMemory {
            section.name("memory")
            section.raw([2, 0])
        }
    }

    private func code(_ section: inout ByteWriter) {
        section.count(program.functions.count + (program.isMetered ? 1 : 0))
        if program.isMetered { section.sized { $0.raw(Self.charge) } }
        for function in program.functions {
            section.sized { body in
                body.count(function.locals.count)
                for local in function.locals { body.raw([1, local.code]) }
                var encoder = FunctionEncoder(
                    function: function, firstFunction: firstFunction, chargeIndex: chargeIndex,
                    isMetered: program.isMetered)
                encoder.encode()
                body.raw(encoder.writer.bytes)
            }
        }
    }

    /// No locals; `if (gear_gas <u cost) { gear_gas = 0; unreachable }  gear_gas -= cost`.
    private static let charge: [UInt8] = [
        0, 0x23, 0, 0x20, 0, 0x54, 0x04, 0x40, 0x42, 0, 0x24, 0, 0x00, 0x0B, 0x23, 0, 0x20, 0, 0x7D, 0x24, 0, 0x0B,
    ]

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
    var paramTypes: [ValueType] { self == .pay ? [.i64] : Array(repeating: .i32, count: paramCount) }
    var resultType: ValueType { self == .sum || self == .gather ? .i64 : .i32 }

    /// Its function index in a module that imports all of them.
    var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
