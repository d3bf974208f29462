import LazyPages

/// One call of a host function: its arguments, and the only way to the program's memory and gas. Valid during the call.
public struct HostCall {
    public let arguments: [HostValue]
    private let memory: any HostMemory

    init(arguments: [HostValue], memory: any HostMemory) {
        self.arguments = arguments
        self.memory = memory
    }

    /// The argument's bits, 32-bit ones zero-extended. The signature says that it is an integer.
    public func integer(_ index: Int) -> UInt64 {
        switch arguments[index] {
        case .i32(let number): UInt64(number)
        case .i64(let number): number
        case .f32, .f64: preconditionFailure("argument \(index) is no integer")
        }
    }

    /// An interval of memory from two 32-bit arguments.
    public func interval(_ offset: Int, size: Int) -> MemoryInterval {
        MemoryInterval(
            offset: UInt32(truncatingIfNeeded: integer(offset)), size: UInt32(truncatingIfNeeded: integer(size)))
    }

    /// Charges and loads everything that the function is about to touch, reads before writes. A function that touches
    /// more than one interval announces all of them first, so that it either does all of its work or none.
    public func announce(
        reads: [MemoryInterval] = [], writes: [MemoryInterval] = []
    ) throws(HostFailure) {
        try memory.announce(reads: reads, writes: writes)
    }

    /// A copy of an interval of memory, charged unless it was announced before.
    public func read(_ interval: MemoryInterval) throws(HostFailure) -> [UInt8] {
        try memory.announce(reads: [interval], writes: [])
        return Array(UnsafeRawBufferPointer(start: memory.base + Int(interval.offset), count: Int(interval.size)))
    }

    /// Writes to memory, charged unless it was announced before.
    public func write(_ bytes: [UInt8], at offset: UInt32) throws(HostFailure) {
        guard let size = UInt32(exactly: bytes.count) else { throw .memoryOutOfBounds }
        try memory.announce(reads: [], writes: [MemoryInterval(offset: offset, size: size)])
        (memory.base + Int(offset)).copyMemory(from: bytes, byteCount: bytes.count)
    }

    /// In Wasm pages.
    public var memorySize: UInt32 { memory.instance.memorySize }

    /// Grows the memory, as the program itself could.
    /// - Returns: the size before, in Wasm pages; nil if the memory cannot grow by so many.
    public func growMemory(by pages: UInt32) -> UInt32? { memory.instance.growMemory(by: pages) }

    /// Nil for a program that is not metered.
    public var gasLeft: UInt64? { memory.gasLeft }

    /// Takes what the function itself costs off the program's gas; nothing from a program that is not metered.
    public func charge(_ cost: UInt64) throws(HostFailure) {
        guard let left = memory.gasLeft else { return }
        try memory.setGas(cost <= left ? left - cost : 0)
        if cost > left { throw .gasLimitExceeded }
    }
}
