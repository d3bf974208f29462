/// Keeps an optimising compiler from dropping a store of what was loaded from the same place. Such a store changes no
/// byte, but without it the page would not be written, and gas would depend on the compiler.
///
/// The value is combined with a zero that the compiler cannot know to be one. That is done where a load of the same width
/// comes before the store, and no call between: behind a call, a compiler knows nothing of memory.
///
/// It is left out where a load from a place apart comes directly before the store. All that a compiler knows of the store's
/// place is what the latest store put there, or what was loaded from there since. The load directly before gives a value of
/// its own or, if the latest store was to its place, that store's, which is older than all that was loaded since.
struct StoreGuards {
    private let zero: UInt32
    /// Indices of the stores.
    private var stores: Set<Int> = []

    var isEmpty: Bool { stores.isEmpty }

    /// - Parameters:
    ///   - bytes: the module's.
    ///   - zero: a local that is an i64 and 0.
    init(_ body: FunctionBody, _ bytes: [UInt8], zero: UInt32) {
        self.zero = zero
        var loaded: Widths = []
        // What was loaded before each open control block.
        var open: [Widths] = []
        for (index, instruction) in body.instructions.enumerated() {
            switch instruction.flow {
            case .block, .loop, .if: open.append(loaded)
            case .else: loaded.formUnion(open.last ?? [])
            // A branch inside may have passed a call by.
            case .end: loaded.formUnion(open.popLast() ?? [])
            case .call: loaded = []
            case .branch, .conditionalBranch, .tailCall, .return, .trap: break
            case .next:
                if let width = Self.loadedBytes(instruction.code) { loaded.insert(Widths(bytes: width)) }
                guard let width = Self.storedBytes(instruction.code), loaded.contains(Widths(bytes: width)),
                    index > 0, Self.mayGiveLoadedValue(body.instructions[index - 1].code),
                    !Self.storesWhatLiesElsewhere(body, index, bytes)
                else { break }
                stores.insert(index)
            }
        }
    }

    /// What to put before the instruction, if anything.
    func code(before instruction: Instruction, at index: Int) -> Code? {
        guard stores.contains(index) else { return nil }
        return switch instruction.code {
        case 0x36: Code(.getLocal(zero), .wrap, .or32)
        case 0x37: Code(.getLocal(zero), .or)
        case 0x38: Code(.bits32, .getLocal(zero), .wrap, .or32, .float32)
        case 0x39: Code(.bits64, .getLocal(zero), .or, .float64)
        default: Code(.getLocal(zero), .splat, .orVector)
        }
    }

    private static func storesWhatLiesElsewhere(_ body: FunctionBody, _ index: Int, _ bytes: [UInt8]) -> Bool {
        let load = body.instructions[index - 1]
        guard load.weight == .load,
            let source = RelativeAddress(of: load, before: index - 1, in: body, bytes),
            let target = RelativeAddress(of: body.instructions[index], before: source.start, in: body, bytes)
        else { return false }
        return target.isApart(from: source)
    }

    private struct Widths: OptionSet {
        let rawValue: UInt8

        init(rawValue: UInt8) { self.rawValue = rawValue }

        init(bytes: UInt8) { rawValue = bytes }
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

    private static func storedBytes(_ code: UInt16) -> UInt8? {
        switch code {
        case 0x36, 0x38: 4
        case 0x37, 0x39: 8
        case 0xFD0B: 16
        // v128.store8_lane …
        case 0xFD58...0xFD5B: 1 << UInt8(code - 0xFD58)
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
