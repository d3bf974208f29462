/// Assembles the few instructions that metering puts into a module.
struct Code {
    private(set) var bytes: [UInt8] = []

    enum Instruction {
        case unreachable, `if`, end
        case call(UInt32)
        case getLocal(UInt32), setLocal(UInt32), teeLocal(UInt32)
        case getGlobal(UInt32), setGlobal(UInt32)
        case i32(Int32), i64(UInt64)
        case isLess, isGreaterSigned, isNotGreater, add, subtract, multiply, shiftLeft, shiftRight, or, extend
        case memorySize, select, equal32, and32
        case or32, bits32, float32, bits64, float64
        case wrap, splat, orVector
    }

    init(_ instructions: Instruction...) {
        for instruction in instructions { append(instruction) }
    }

    private mutating func append(_ instruction: Instruction) {
        switch instruction {
        case .unreachable: bytes.append(0x00)
        case .if: bytes += [0x04, 0x40]
        case .end: bytes.append(0x0B)
        case .call(let index): append(0x10, index)
        case .getLocal(let index): append(0x20, index)
        case .setLocal(let index): append(0x21, index)
        case .teeLocal(let index): append(0x22, index)
        case .getGlobal(let index): append(0x23, index)
        case .setGlobal(let index): append(0x24, index)
        case .i32(let value):
            bytes.append(0x41)
            bytes.append(signed: Int64(value))
        case .i64(let value):
            bytes.append(0x42)
            bytes.append(signed: Int64(bitPattern: value))
        // All of these are of 64 bits, and unsigned but for one.
        case .isLess: bytes.append(0x54)
        case .isGreaterSigned: bytes.append(0x55)
        case .isNotGreater: bytes.append(0x58)
        case .add: bytes.append(0x7C)
        case .subtract: bytes.append(0x7D)
        case .multiply: bytes.append(0x7E)
        case .shiftLeft: bytes.append(0x86)
        case .shiftRight: bytes.append(0x88)
        case .or: bytes.append(0x84)
        // Of 32 bits, to 64.
        case .extend: bytes.append(0xAD)
        case .memorySize: bytes += [0x3F, 0]
        case .select: bytes.append(0x1B)
        case .equal32: bytes.append(0x46)
        case .and32: bytes.append(0x71)
        case .or32: bytes.append(0x72)
        // Between a floating-point number and its bits.
        case .bits32: bytes.append(0xBC)
        case .float32: bytes.append(0xBE)
        case .bits64: bytes.append(0xBD)
        case .float64: bytes.append(0xBF)
        case .wrap: bytes.append(0xA7)
        case .splat: bytes += [0xFD, 0x12]
        case .orVector: bytes += [0xFD, 0x50]
        }
    }

    private mutating func append(_ code: UInt8, _ index: UInt32) {
        bytes.append(code)
        bytes.append(unsigned: Int(index))
    }

    static func + (left: Code, right: Code) -> Code {
        var sum = left
        sum.bytes += right.bytes
        return sum
    }
}
