import LazyPages

/// Memory and gas of a running program, as its host functions reach them.
protocol HostMemory {
    var base: UnsafeMutableRawPointer { get }
    var gasLeft: UInt64? { get }
    func setGas(_ left: UInt64) throws(HostFailure)
    /// After it the intervals can be read and written without a fault.
    func announce(reads: [MemoryInterval], writes: [MemoryInterval]) throws(HostFailure)
}

/// Memory that is loaded page by page.
struct LazyHostMemory: HostMemory {
    let lazyPages: LazyPages
    let memory: LinearMemory
    let gas: GasGlobal?

    var base: UnsafeMutableRawPointer { memory.base }
    var gasLeft: UInt64? { gas?.left() }

    func setGas(_ left: UInt64) throws(HostFailure) {
        if let gas, !gas.set(left) { throw .execution(.engineInvariant("gear_gas cannot be set")) }
    }

    func announce(reads: [MemoryInterval], writes: [MemoryInterval]) throws(HostFailure) {
        // Without a counter nothing is charged: this one covers every cost.
        var left = gas?.left() ?? .max
        do throws(HostAccessError) {
            try lazyPages.preProcess(reads: reads, writes: writes, gas: &left)
        } catch {
            try setGas(left)
            throw HostFailure(error)
        }
        try setGas(left)
    }
}

extension HostFailure {
    init(_ error: HostAccessError) {
        self =
            switch error {
            case .outOfBounds: .memoryOutOfBounds
            case .gasLimitExceeded: .gasLimitExceeded
            case .failed(let failure): .execution(ExecutionError(failure))
            case .contextNotSet(let context):
                .execution(.engineInvariant("a host function was called without its \(context) context"))
            }
    }
}
