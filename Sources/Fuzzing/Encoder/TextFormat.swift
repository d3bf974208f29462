/// Writes a program in WebAssembly's text format, for people.
struct TextFormat {
    private let program: Program
    private var lines: [String] = []
    /// How many control blocks are around.
    private var nesting = 0

    static func write(_ program: Program) -> String {
        var writer = TextFormat(program)
        writer.module()
        return writer.lines.joined(separator: "\n")
    }

    private init(_ program: Program) { self.program = program }

    private mutating func module() {
        lines.append("(module")
        let limits = "\(program.memoryMinimum)" + (program.memoryMaximum.map { " \($0)" } ?? "")
        if program.usesHost {
            for operation in HostOperation.allCases {
                let params = operation.paramTypes.map(\.rawValue).joined(separator: " ")
                lines.append(
                    "  (import \"\(HostOperation.module)\" \"\(operation.rawValue)\" (func $\(operation.rawValue) "
                        + "(param \(params)) (result \(operation.resultType.rawValue))))")
            }
        }
        let place = program.importsMemory ? "import \"env\" \"memory\"" : "export \"memory\""
        lines.append("  (memory (\(place)) \(limits))")
        for segment in program.segments {
            let bytes = segment.bytes.map { "\\" + String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            lines.append("  (data \(segment.offset.map { "(i32.const \($0)) " } ?? "")\"\(bytes)\")")
        }
        if program.usesTable {
            let names = program.functions.indices.dropLast().map { " $f\($0)" }.joined()
            lines.append("  (table \(program.functions.count) funcref)")
            lines.append("  (elem (i32.const 0) func\(names))")
        }
        for (index, function) in program.functions.enumerated() { write(function, index) }
        lines[lines.count - 1] += ")"
    }

    private mutating func write(_ function: Function, _ index: Int) {
        let isEntry = index == program.functions.count - 1
        let name = isEntry ? "(export \"\(Program.entry)\")" : "$f\(index)"
        lines.append("  (func \(name)\(signature(function))")
        if !function.locals.isEmpty { lines.append("    (local \(types(function.locals)))") }
        write(function.body, depth: 2)
        lines.append("    \(text(function.result)))")
    }

    private func signature(_ function: Function) -> String {
        let params = function.params.isEmpty ? "" : " (param \(types(function.params)))"
        return "\(params) (result \(function.resultType.rawValue))"
    }

    private func types(_ types: [ValueType]) -> String { types.map(\.rawValue).joined(separator: " ") }

    private mutating func write(_ statements: [Statement], depth: Int) {
        for statement in statements { write(statement, depth: depth) }
    }

    private mutating func write(_ statement: Statement, depth: Int) {
        let indent = String(repeating: "  ", count: depth)
        func line(_ text: String) { lines.append(indent + text) }
        switch statement {
        case .set(let local, let value): line("(local.set \(local) \(text(value)))")
        case .drop(let value): line("(drop \(text(value)))")
        case .store(let operation, let address, let value):
            let lane = operation.immediate.isEmpty ? "" : " \(StoreOperator.lane)"
            line("(\(operation.rawValue)\(offset(address))\(lane) \(text(address.base)) \(text(value)))")
        case .fill(let to, let value, let size): line("(memory.fill \(text(to)) \(text(value)) \(text(size)))")
        case .copy(let to, let from, let size): line("(memory.copy \(text(to)) \(text(from)) \(text(size)))")
        case .initialize(let segment, let to, let from, let size):
            line("(memory.init \(segment) \(text(to)) \(text(from)) \(text(size)))")
        case .dropSegment(let segment): line("(data.drop \(segment))")
        case .block, .choose, .repeated, .endless: writeControl(statement, depth: depth)
        case .branch(let label, nil): line("(br $l\(label))")
        case .branch(let label, let condition?): line("(br_if $l\(label) \(text(condition)))")
        case .branchTable(let index, let labels):
            line("(br_table \(labels.map { "$l\($0)" }.joined(separator: " ")) \(text(index)))")
        case .leave(let value, .return): line("(return \(text(value)))")
        case .leave(let value, .branch): line("(br \(nesting) \(text(value)))")
        case .leave(let value, .branchWhen(let condition)):
            line("(drop (br_if \(nesting) \(text(value)) \(text(condition))))")
        case .leave(let value, .branchTable(let index)):
            line("(br_table \(nesting) \(nesting) \(text(value)) \(text(index)))")
        case .unreachable: line("(unreachable)")
        }
    }

    private mutating func writeControl(_ statement: Statement, depth: Int) {
        let indent = String(repeating: "  ", count: depth)
        func line(_ text: String) { lines.append(indent + text) }
        nesting += 1
        defer { nesting -= 1 }
        switch statement {
        case .choose(let label, let condition, let first, let second):
            line("(if $l\(label) \(text(condition))")
            for (word, statements) in [("then", first), ("else", second)] where word == "then" || !statements.isEmpty {
                line("  (\(word)")
                write(statements, depth: depth + 2)
                lines[lines.count - 1] += ")"
            }
            lines[lines.count - 1] += ")"
        case .repeated(let label, let local, let count, let body):
            line("(local.set \(local) (i32.const \(count)))")
            line("(loop $l\(label)")
            write(body, depth: depth + 1)
            line("  (br_if $l\(label) (local.tee \(local) (i32.sub (local.get \(local)) (i32.const 1)))))")
        case .endless(let label, let body):
            line("(loop $l\(label)")
            write(body, depth: depth + 1)
            line("  (br $l\(label)))")
        case .block(let label, let body):
            line("(block $l\(label)")
            write(body, depth: depth + 1)
            lines[lines.count - 1] += ")"
        default: break
        }
    }

    private func offset(_ address: Address) -> String { address.offset == 0 ? "" : " offset=\(address.offset)" }

    private func text(_ expression: Expression) -> String {
        switch expression {
        case .constant(let type, let bits): constant(type, bits)
        case .local(let index): "(local.get \(index))"
        case .unary(let operation, let operand): "(\(operation.rawValue) \(text(operand)))"
        case .binary(let operation, let left, let right): "(\(operation.rawValue) \(text(left)) \(text(right)))"
        case .load(let operation, let address): "(\(operation.rawValue)\(offset(address)) \(text(address.base)))"
        case .memorySize: "(memory.size)"
        case .memoryGrow(let delta): "(memory.grow \(text(delta)))"
        case .call(let index, let arguments): call("f\(index)", arguments)
        case .indirectCall(let index, let element, let arguments):
            "(call_indirect\(signature(program.functions[index]))\(list(arguments + [element])))"
        case .host(let operation, let arguments): call(operation.rawValue, arguments)
        }
    }

    private func call(_ name: String, _ arguments: [Expression]) -> String {
        "(call $\(name)\(list(arguments)))"
    }

    private func list(_ expressions: [Expression]) -> String { expressions.map { " " + text($0) }.joined() }

    /// The shortest digits that stand for the number, which both languages read alike.
    private func literal<Number: BinaryFloatingPoint>(_ number: Number, payload: UInt64) -> String {
        guard number.isNaN else { return "\(number)" }
        return "\(number.sign == .minus ? "-" : "")nan:0x\(String(payload, radix: 16))"
    }

    private func constant(_ type: ValueType, _ bits: Bits) -> String {
        switch type {
        case .i32: "(i32.const \(Int32(bitPattern: bits.i32)))"
        case .i64: "(i64.const \(Int64(bitPattern: bits.low)))"
        case .f32: "(f32.const \(literal(Float(bitPattern: bits.i32), payload: UInt64(bits.i32) & 0x7F_FFFF)))"
        case .f64: "(f64.const \(literal(Double(bitPattern: bits.low), payload: bits.low & 0xF_FFFF_FFFF_FFFF)))"
        case .v128: "(v128.const i64x2 \(Int64(bitPattern: bits.low)) \(Int64(bitPattern: bits.high)))"
        }
    }
}
