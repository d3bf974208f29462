/// Writes a program in WebAssembly's text format, for people.
struct TextFormat {
    private let program: Program
    private var lines: [String] = []

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
        if program.isMetered { lines += Self.charge }
        for (index, function) in program.functions.enumerated() { write(function, index) }
        lines[lines.count - 1] += ")"
    }

    private static let charge = [
        "  (global $gas (export \"gear_gas\") (mut i64) (i64.const 0))",
        "  (func $charge (param i64)",
        "    (if (i64.lt_u (global.get $gas) (local.get 0)) (then (global.set $gas (i64.const 0)) (unreachable)))",
        "    (global.set $gas (i64.sub (global.get $gas) (local.get 0))))",
    ]

    private mutating func write(_ function: Function, _ index: Int) {
        let isEntry = index == program.functions.count - 1
        let name = isEntry ? "(export \"\(Program.entry)\")" : "$f\(index)"
        let params = function.params.isEmpty ? "" : " (param \(types(function.params)))"
        lines.append("  (func \(name)\(params) (result \(function.resultType.rawValue))")
        if !function.locals.isEmpty { lines.append("    (local \(types(function.locals)))") }
        write(function.body, depth: 2)
        lines.append("    \(text(function.result)))")
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
        case .burn(let cost): if program.isMetered { line("(call $charge (i64.const \(cost)))") }
        case .choose(let condition, let first, let second):
            line("(if \(text(condition))")
            for (word, statements) in [("then", first), ("else", second)] where !statements.isEmpty || word == "then" {
                line("  (\(word)")
                write(statements, depth: depth + 2)
                lines[lines.count - 1] += ")"
            }
            lines[lines.count - 1] += ")"
        case .repeated(let local, let count, let body):
            line("(local.set \(local) (i32.const \(count)))")
            line("(loop")
            write(body, depth: depth + 1)
            line("  (br_if 0 (local.tee \(local) (i32.sub (local.get \(local)) (i32.const 1)))))")
        case .unreachable: line("(unreachable)")
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
        case .host(let operation, let arguments): call(operation.rawValue, arguments)
        }
    }

    private func call(_ name: String, _ arguments: [Expression]) -> String {
        "(call $\(name)\(arguments.map { " " + text($0) }.joined()))"
    }

    private func constant(_ type: ValueType, _ bits: Bits) -> String {
        switch type {
        case .i32: "(i32.const \(Int32(bitPattern: bits.i32)))"
        case .i64: "(i64.const \(Int64(bitPattern: bits.low)))"
        case .f32: "(f32.reinterpret_i32 (i32.const \(Int32(bitPattern: bits.i32))))"
        case .f64: "(f64.reinterpret_i64 (i64.const \(Int64(bitPattern: bits.low))))"
        case .v128: "(v128.const i64x2 \(Int64(bitPattern: bits.low)) \(Int64(bitPattern: bits.high)))"
        }
    }
}
