import LazyPages
import Pages
import WorkerProtocol

/// What an execution on plain memory did.
package struct EagerReport {
    package var end: ExecutionEnd
    /// Nil for a module that is not metered.
    package var gasLeft: UInt64?
    /// In Wasm pages.
    package var memorySize: UInt32
}

/// Runs an entry on plain memory that is filled beforehand: nothing is protected, loaded late or charged by pages. Lazy
/// execution must be indistinguishable from it but for the gas.
struct EagerExecution {
    let engine: WasmtimeEngine

    /// - Parameters:
    ///   - fill: brings stored pages to memory that has just come into being: the whole memory, and the offset from
    ///     which on it is new.
    ///   - didReturn: is shown the memory of a program that returned.
    func run(
        _ module: CompiledModule, _ request: ExecutionRequest,
        fill: @escaping (UnsafeMutableRawBufferPointer, Int) -> Void, didReturn: (UnsafeRawBufferPointer) -> Void
    ) throws(ExecutionError) -> EagerReport {
        let entry = try EntryCall(module, request, engine: engine)
        let (instance, gas) = (entry.instance, entry.gas)
        let memory = instance.linearMemory
        fill(memory.bytes, 0)
        memory.grownWhileRunning = { [unowned memory] size in
            let old = memory.size
            guard memory.open(upTo: size) else { return false }
            fill(UnsafeMutableRawBufferPointer(start: memory.base, count: size), old)
            return true
        }
        instance.host.memory = EagerHostMemory(instance: instance, gas: gas)
        let result = try entry.run()
        if let failure = instance.host.failure { throw failure }
        let end = ExecutionEnd(result, status: .normal, instance.host, gas, limit: request.gasLimit)
        let left = end == .gasLimitExceeded ? gas.map { _ in 0 } : gas?.left()
        if case .returned = end { didReturn(UnsafeRawBufferPointer(memory.bytes)) }
        return EagerReport(end: end, gasLeft: left, memorySize: instance.memorySize)
    }
}

/// Memory that is there from the start.
private struct EagerHostMemory: HostMemory {
    /// Not owned: it owns what holds this.
    unowned let instance: ProgramInstance
    let gas: GasCounter?

    func announce(reads: [MemoryInterval], writes: [MemoryInterval]) throws(HostFailure) {
        for interval in reads + writes {
            guard Int(interval.offset) + max(Int(interval.size), 1) <= instance.linearMemory.size else {
                throw .memoryOutOfBounds
            }
        }
    }
}
