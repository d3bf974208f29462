import LazyPages
import Pages
import WorkerProtocol

/// What to run, and from which state.
public struct ExecutionRequest {
    public var entry: String
    public var args: [WasmNumber]
    public var gasLimit: UInt64
    /// The memory size after the last commit, in Wasm pages.
    public var memorySize: UInt32
    /// In Wasm pages.
    public var memoryMaximum: UInt32
    /// In Wasm pages.
    public var stackEnd: UInt32
    /// The program's part of the page key.
    public var programKey: [UInt8]
    public var costs: PageCosts

    public init(
        entry: String, args: [WasmNumber], gasLimit: UInt64, memorySize: UInt32, memoryMaximum: UInt32,
        stackEnd: UInt32, programKey: [UInt8], costs: PageCosts
    ) {
        self.entry = entry
        self.args = args
        self.gasLimit = gasLimit
        self.memorySize = memorySize
        self.memoryMaximum = memoryMaximum
        self.stackEnd = stackEnd
        self.programKey = programKey
        self.costs = costs
    }
}

/// How a program came to its end.
public enum ExecutionEnd: Equatable, Sendable {
    case returned([WasmNumber])
    case trapped(Trap)
    case memoryOutOfBounds(Trap)
    case gasLimitExceeded
}

/// What one execution did.
public struct ExecutionReport: Sendable {
    public var end: ExecutionEnd
    public var status: ExecutionStatus
    /// Nil for a module that is not metered.
    public var gasLeft: UInt64?
    public var charges: ChargeCounts
    public var accessedPages: [PageNumber]
    /// Every write-accessed page, ascending; with its bytes if the program returned, for else they mean nothing.
    public var writtenPages: [(page: PageNumber, bytes: [UInt8]?)]
    /// In Wasm pages.
    public var memorySize: UInt32
    public var counters: ExecutionCounters
}

/// One run of one entry: memory brought to its size, protected, executed, and read out.
struct ProgramExecution {
    let engine: WasmtimeEngine
    let lazyPages: LazyPages
    let hostFunctions: HostFunctions

    func run(
        _ module: CompiledModule, _ request: ExecutionRequest, willStart: () -> Void,
        didReturn: (UnsafeRawBufferPointer) -> Void
    ) throws(ExecutionError) -> ExecutionReport {
        let entry = try EntryCall(module, request, engine: engine, hostFunctions: hostFunctions)
        let (instance, gas) = (entry.instance, entry.gas)
        try begin(instance, module, request, gas)
        instance.host.memory = LazyHostMemory(lazyPages: lazyPages, memory: instance.linearMemory, gas: gas)
        willStart()
        // The engine works on the instance's memory until it has finished.
        defer { withExtendedLifetime(instance) {} }
        let result: ProgramInstance.CallResult
        do throws(ExecutionError) {
            result = try entry.run()
        } catch {
            try? lazyPages.finish()
            throw error
        }
        instance.linearMemory.grownWhileRunning = nil
        instance.host.memory = nil
        let report = try report(result, instance, gas, limit: request.gasLimit)
        if case .returned = report.end { didReturn(UnsafeRawBufferPointer(instance.linearMemory.bytes)) }
        return report
    }

    private func begin(
        _ instance: ProgramInstance, _ module: CompiledModule, _ request: ExecutionRequest, _ gas: GasGlobal?
    ) throws(ExecutionError) {
        let memory = instance.linearMemory
        let program = ProgramMemory(
            address: UInt(bitPattern: memory.base), size: instance.memorySize, stackEnd: request.stackEnd,
            key: request.programKey, gas: gas?.access, costs: CostKind.allCases.map { request.costs[$0] },
            compiledCode: module.codeRange)
        do throws(LazyPagesError) {
            try lazyPages.initialize(program: program)
        } catch {
            throw .engineInvariant("\(error)")
        }
        let lazyPages = lazyPages
        memory.grownWhileRunning = { size in
            (try? lazyPages.memoryChanged(size: UInt32(size / PageSize.wasm))) != nil
        }
    }

    private func report(
        _ result: ProgramInstance.CallResult, _ instance: ProgramInstance, _ gas: GasGlobal?, limit: UInt64
    ) throws(ExecutionError) -> ExecutionReport {
        do {
            try lazyPages.finish()
            let status: ExecutionStatus = try lazyPages.status() == .normal ? .normal : .gasLimitExceeded
            let failure = try lazyPages.failure()
            if status == .normal, let failure { throw ExecutionError(failure) }
            if status == .normal, let failure = instance.host.failure { throw failure }
            // A counter above its limit has been taken below zero, or tampered with: nothing is left.
            let counter = gas?.left()
            let isWithinLimit = (counter ?? 0) <= limit
            // After a page charge that failed in host code the program ran on, and may have set its counter.
            let left = isWithinLimit && status == .normal ? counter : counter.map { _ in 0 }
            let end = isWithinLimit ? ExecutionEnd(result, status: status, gasLeft: left) : .gasLimitExceeded
            let keepsBytes = if case .returned = end { true } else { false }
            return ExecutionReport(
                end: end, status: status, gasLeft: left, charges: try lazyPages.charges(),
                accessedPages: try lazyPages.accessedPages(),
                writtenPages: try lazyPages.writeAccessedPages().map {
                    ($0, keepsBytes ? instance.linearMemory.bytes(of: $0) : nil)
                },
                memorySize: instance.memorySize, counters: try lazyPages.counters())
        } catch let error as ExecutionError {
            throw error
        } catch {
            throw .engineInvariant("\(error)")
        }
    }
}

extension ExecutionEnd {
    init(_ result: ProgramInstance.CallResult, status: ExecutionStatus, gasLeft: UInt64?) {
        self =
            switch result {
            // A page charge that failed ends the job wherever the program was by then.
            case _ where status == .gasLimitExceeded: .gasLimitExceeded
            case .returned(let values): .returned(EntryValues.results(values))
            // A module that meters itself leaves its counter empty and executes `unreachable`.
            case .trapped(let trap) where trap.kind == "unreachable" && gasLeft == 0: .gasLimitExceeded
            case .trapped(let trap) where trap.kind == "memory_out_of_bounds": .memoryOutOfBounds(trap)
            case .trapped(let trap): .trapped(trap)
            }
    }
}

extension ExecutionError {
    init(_ failure: AccessError) {
        self =
            switch failure {
            case .pageSource(let error): .pageSource(error)
            case .wrongPageDataSize(let page, let expected, let found):
                .wrongPageDataSize(page: page, expected: expected, found: found)
            case .pageVanished(let page, _): .pageVanished(page)
            default: .engineInvariant("\(failure)")
            }
    }
}

extension LinearMemory {
    /// A copy of one page, which must be open.
    func bytes(of page: PageNumber) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: base + Int(page.rawValue) * PageSize.gear, count: PageSize.gear))
    }
}
