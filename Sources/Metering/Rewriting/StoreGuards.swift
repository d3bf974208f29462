/// Keeps an optimising compiler from dropping a store of what was loaded from the same place. Such a store changes no
/// byte, but without it the page would not be written, and gas would depend on the compiler.
///
/// The value is combined with a zero that the compiler cannot know to be one. That is done where a load of the same width
/// comes before the store, and no call between: behind a call, a compiler knows nothing of memory.
struct StoreGuards {
    /// Of a mutable i32 global that is 0 for ever.
    private let zero: UInt32
    private var loaded: Widths = []
    /// What was loaded before each open control block.
    private var open: [Widths] = []
    private var previous: UInt16?

    private struct Widths: OptionSet {
        let rawValue: UInt8

        init(rawValue: UInt8) { self.rawValue = rawValue }

        init(bytes: UInt8) { rawValue = bytes }
    }

    init(zero: UInt32) { self.zero = zero }

    /// Takes the next instruction.
    /// - Returns: what to put before it.
    mutating func code(before instruction: Instruction) -> Code? {
        defer { previous = instruction.code }
        switch instruction.flow {
        case .block, .loop, .if: open.append(loaded)
        case .else: loaded.formUnion(open.last ?? [])
        // A branch inside may have passed a call by.
        case .end: loaded.formUnion(open.popLast() ?? [])
        case .call: loaded = []
        case .branch, .conditionalBranch, .tailCall, .return, .trap: break
        case .next:
            if let bytes = Self.loadedBytes(instruction.code) { loaded.insert(Widths(bytes: bytes)) }
            guard let (bytes, code) = store(instruction.code), loaded.contains(Widths(bytes: bytes)),
                previous.map(Self.mayGiveLoadedValue) ?? false
            else { break }
            return code
        }
        return nil
    }

    /// Loads of a part of a number are left out, and stores too: what is loaded so is never what is stored so.
    private static func loadedBytes(_ code: UInt16) -> UInt8? {
        switch code {
        case 0x28, 0x2A: 4
        case 0x29, 0x2B: 8
        case 0xFD00: 16
        // v128.load8_splat …, v128.load8_lane …, v128.load32_zero …
        case 0xFD07...0xFD0A: 1 << UInt8(code - 0xFD07)
        case 0xFD54...0xFD57: 1 << UInt8(code - 0xFD54)
        case 0xFD5C, 0xFD5D: 4 << UInt8(code - 0xFD5C)
        default: nil
        }
    }

    private func store(_ code: UInt16) -> (bytes: UInt8, code: Code)? {
        let vector = Code(.getGlobal(zero), .splat, .orVector)
        return switch code {
        case 0x36: (4, Code(.getGlobal(zero), .or32))
        case 0x37: (8, Code(.getGlobal(zero), .extend, .or))
        case 0x38: (4, Code(.bits32, .getGlobal(zero), .or32, .float32))
        case 0x39: (8, Code(.bits64, .getGlobal(zero), .extend, .or, .float64))
        case 0xFD0B: (16, vector)
        case 0xFD58...0xFD5B: (1 << UInt8(code - 0xFD58), vector)
        default: nil
        }
    }

    /// Not constants, nor floating-point arithmetic, which goes on to make NaNs canonical.
    private static func mayGiveLoadedValue(_ code: UInt16) -> Bool {
        switch code {
        case 0x41...0x44, 0x91...0x97, 0x9F...0xA5: false
        default: true
        }
    }
}
