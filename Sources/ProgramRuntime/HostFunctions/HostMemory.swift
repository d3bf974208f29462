import LazyPages

/// Memory and gas of a running program, as its host functions reach them.
protocol HostMemory {
    var instance: ProgramInstance { get }
    /// Nil if the program is not metered.
    var gas: GasCounter? { get }
    /// After it the intervals can be read and written without a fault.
    func announce(reads: [MemoryInterval], writes: [MemoryInterval]) throws(HostFailure)
}

extension HostMemory {
    var base: UnsafeMutableRawPointer { instance.linearMemory.base }
    var gasLeft: UInt64? { gas?.left() }

    func setGas(_ left: UInt64) throws(HostFailure) {
        if let gas, !gas.set(left) { throw .execution(.engineInvariant("gear_gas cannot be set")) }
    }
}

/// Memory that is loaded page by page.
struct LazyHostMemory: HostMemory {
    let lazyPages: LazyPages
    /// Not owned: it owns what holds this.
    unowned let instance: ProgramInstance
    let gas: GasCounter?

    func announce(reads: [MemoryInterval], writes: [MemoryInterval]) throws(HostFailure) {
        var left = gas?.left() ?? 0
        var failure: HostAccessError?
        do throws(HostAccessError) {
            if gas == nil {
                try lazyPages.preProcess(reads: reads, writes: writes)
            } else {
                try lazyPages.preProcess(reads: reads, writes: writes, gas: &left)
            }
        } catch {
            failure = error
        }
        // Charges count also where a later one failed.
        try setGas(left)
        if let failure { throw HostFailure(failure) }
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
