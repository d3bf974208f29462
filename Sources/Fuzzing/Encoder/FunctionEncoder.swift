/// Writes one function's instructions.
struct FunctionEncoder {
    let function: Function
    let firstFunction: Int
    let chargeIndex: Int
    let isMetered: Bool
    private(set) var writer = ByteWriter()

    init(function: Function, firstFunction: Int, chargeIndex: Int, isMetered: Bool) {
        self.function = function
        self.firstFunction = firstFunction
        self.chargeIndex = chargeIndex
        self.isMetered = isMetered
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
        switch statement {
        case .set(let local, let value):
            encode(value)
            writer.byte(0x21)
            writer.count(local)
        case .drop(let value):
            encode(value)
            writer.byte(0x1A)
        case .store(let operation, let address, let value):
            encode(address.base)
            encode(value)
            writer.raw(operation.code)
            memoryArgument(address.offset)
            writer.raw(operation.immediate)
        case .fill(let to, let value, let size):
            encode([to, value, size])
            writer.raw([0xFC, 11, 0])
        case .copy(let to, let from, let size):
            encode([to, from, size])
            writer.raw([0xFC, 10, 0, 0])
        case .initialize(let segment, let to, let from, let size):
            encode([to, from, size])
            writer.raw([0xFC, 8])
            writer.count(segment)
            writer.byte(0)
        case .dropSegment(let segment):
            writer.raw([0xFC, 9])
            writer.count(segment)
        case .burn(let cost):
            guard isMetered else { return }
            encode(.i64(cost))
            call(chargeIndex)
        case .choose(let condition, let first, let second):
            encode(condition)
            writer.raw([0x04, 0x40])
            encode(first)
            writer.byte(0x05)
            encode(second)
            writer.byte(0x0B)
        case .repeated(let local, let count, let body):
            encode(.set(local, .i32(count)))
            writer.raw([0x03, 0x40])
            encode(body)
            encode(.binary(.i32Sub, .local(local), .i32(1)))
            writer.byte(0x22)
            writer.count(local)
            writer.raw([0x0D, 0, 0x0B])
        case .unreachable: writer.byte(0x00)
        }
    }

    private mutating func encode(_ expressions: [Expression]) {
        for expression in expressions { encode(expression) }
    }

    private mutating func encode(_ expression: Expression) {
        switch expression {
        case .constant(let type, let bits): constant(type, bits)
        case .local(let index):
            writer.byte(0x20)
            writer.count(index)
        case .unary(let operation, let operand):
            encode(operand)
            writer.raw(operation.code)
        case .binary(let operation, let left, let right):
            encode(left)
            encode(right)
            writer.raw(operation.code)
        case .load(let operation, let address):
            encode(address.base)
            writer.raw(operation.code)
            memoryArgument(address.offset)
        case .memorySize: writer.raw([0x3F, 0])
        case .memoryGrow(let delta):
            encode(delta)
            writer.raw([0x40, 0])
        case .call(let index, let arguments):
            encode(arguments)
            call(firstFunction + index)
        case .host(let operation, let arguments):
            encode(arguments)
            call(operation.index)
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
