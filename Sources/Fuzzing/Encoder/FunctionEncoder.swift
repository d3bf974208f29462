/// Writes one function's instructions.
struct FunctionEncoder {
    let function: Function
    /// Index of the program's first function, and of the first one's type.
    let firstFunction: Int
    private(set) var writer = ByteWriter()
    /// Of the control blocks around, the outermost first.
    private var labels: [Label] = []

    init(function: Function, firstFunction: Int) {
        self.function = function
        self.firstFunction = firstFunction
    }

    mutating func encode() {
        encode(function.body)
        encode(function.result)
        writer.byte(0x0B)
    }

    private mutating func encode(_ statements: [Statement]) {
        for statement in statements { encode(statement) }
    }

    private mutating func encode(_ statement: Statement) {
        for expression in statement.expressions { encode(expression) }
        switch statement {
        case .set(let local, _):
            writer.byte(0x21)
            writer.count(local)
        case .drop: writer.byte(0x1A)
        case .store(let operation, let address, _):
            writer.raw(operation.code)
            memoryArgument(address.offset)
            writer.raw(operation.immediate)
        case .fill: writer.raw([0xFC, 11, 0])
        case .copy: writer.raw([0xFC, 10, 0, 0])
        case .initialize(let segment, _, _, _):
            writer.raw([0xFC, 8])
            writer.count(segment)
            writer.byte(0)
        case .dropSegment(let segment):
            writer.raw([0xFC, 9])
            writer.count(segment)
        case .unreachable: writer.byte(0x00)
        case .block, .choose, .repeated, .endless: encodeControl(statement)
        case .branch, .branchTable, .leave: encodeBranch(statement)
        }
    }

    private mutating func encodeControl(_ statement: Statement) {
        if case .repeated(_, let local, let count, _) = statement { encode(.set(local, .i32(count))) }
        switch statement {
        case .block: writer.raw([0x02, 0x40])
        case .choose: writer.raw([0x04, 0x40])
        default: writer.raw([0x03, 0x40])
        }
        labels += statement.label.map { [$0] } ?? []
        for (index, list) in statement.lists.enumerated() where index == 0 || !list.isEmpty {
            if index > 0 { writer.byte(0x05) }
            encode(list)
        }
        switch statement {
        case .repeated(_, let local, _, _):
            encode(.binary(.i32Sub, .local(local), .i32(1)))
            writer.byte(0x22)
            writer.count(local)
            writer.raw([0x0D, 0])
        case .endless: writer.raw([0x0C, 0])
        default: break
        }
        labels.removeLast()
        writer.byte(0x0B)
    }

    private mutating func encodeBranch(_ statement: Statement) {
        switch statement {
        case .branch(let label, let condition):
            writer.byte(condition == nil ? 0x0C : 0x0D)
            self.label(label)
        case .branchTable(_, let targets):
            writer.byte(0x0E)
            writer.count(targets.count - 1)
            for target in targets { label(target) }
        case .leave(_, .return): writer.byte(0x0F)
        case .leave(_, .branch):
            writer.byte(0x0C)
            writer.count(labels.count)
        case .leave(_, .branchTable):
            writer.raw([0x0E, 1])
            for _ in 0..<2 { writer.count(labels.count) }
        default:
            writer.byte(0x0D)
            writer.count(labels.count)
            // The result that is not needed.
            writer.byte(0x1A)
        }
    }

    private mutating func label(_ label: Label) {
        guard let place = labels.lastIndex(of: label) else { preconditionFailure("a branch to no label") }
        writer.count(labels.count - 1 - place)
    }

    private mutating func encode(_ expression: Expression) {
        for operand in expression.operands { encode(operand) }
        switch expression {
        case .constant(let type, let bits): constant(type, bits)
        case .local(let index):
            writer.byte(0x20)
            writer.count(index)
        case .unary(let operation, _): writer.raw(operation.code)
        case .binary(let operation, _, _): writer.raw(operation.code)
        case .load(let operation, let address):
            writer.raw(operation.code)
            memoryArgument(address.offset)
        case .memorySize: writer.raw([0x3F, 0])
        case .memoryGrow: writer.raw([0x40, 0])
        case .call(let index, _): call(firstFunction + index)
        case .indirectCall(let index, _, _):
            writer.byte(0x11)
            writer.count(firstFunction + index)
            writer.byte(0)
        case .host(let operation, _): call(operation.index)
        }
    }

    private mutating func constant(_ type: ValueType, _ bits: Bits) {
        switch type {
        case .i32:
            writer.byte(0x41)
            writer.signed(Int64(Int32(bitPattern: bits.i32)))
        case .i64:
            writer.byte(0x42)
            writer.signed(Int64(bitPattern: bits.low))
        case .f32:
            writer.byte(0x43)
            writer.fixed(bits.low, byteCount: 4)
        case .f64:
            writer.byte(0x44)
            writer.fixed(bits.low, byteCount: 8)
        case .v128:
            writer.raw([0xFD, 12])
            writer.fixed(bits.low, byteCount: 8)
            writer.fixed(bits.high, byteCount: 8)
        }
    }

    /// Alignment is a hint; 1 byte is allowed everywhere.
    private mutating func memoryArgument(_ offset: UInt32) {
        writer.byte(0)
        writer.unsigned(UInt64(offset))
    }

    private mutating func call(_ index: Int) {
        writer.byte(0x10)
        writer.count(index)
    }
}
