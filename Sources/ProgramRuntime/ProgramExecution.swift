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
    /// A host function ended it.
    case stopped(HostEnd)

    /// Whether what the program wrote means anything.
    var keepsMemory: Bool {
        switch self {
        case .returned, .stopped(.leave), .stopped(.exit), .stopped(.wait): true
        case .trapped, .memoryOutOfBounds, .gasLimitExceeded, .stopped(.panic), .stopped(.unsupported): false
        }
    }
}

/// What one execution did.
public struct ExecutionReport: Sendable {
    public var end: ExecutionEnd
    public var status: ExecutionStatus
    /// Nil for a module that is not metered.
    public var gasLeft: UInt64?
    public var charges: ChargeCounts
    public var accessedPages: [PageNumber]
    /// The first of them, in the order in which they struck.
    public var faults: [PageFault]
    /// Every write-accessed page, ascending; with its bytes if the program came to a good end, for else they mean nothing.
    public var writtenPages: [(page: PageNumber, bytes: [UInt8]?)]
    /// In Wasm pages.
    public var memorySize: UInt32
    public var counters: ExecutionCounters
    /// The version of the weights by which its metering counts; nil for a module that meters itself or not at all.
    public var weightsVersion: Int?
    /// False if the module counts its gas in the fast form and did not come to a good end: only the exact form says
    /// what it burned, and why it ended.
    public var isConclusive: Bool
}

/// One run of one entry: memory brought to its size, protected, executed, and read out.
struct ProgramExecution {
    let engine: WasmtimeEngine
    let lazyPages: LazyPages

    func run(
        _ module: CompiledModule, _ request: ExecutionRequest, willStart: () -> Void,
        didReturn: (UnsafeRawBufferPointer) -> Void
    ) throws(ExecutionError) -> ExecutionReport {
        let entry = try EntryCall(module, request, engine: engine)
        let (instance, gas) = (entry.instance, entry.gas)
        try begin(instance, module, request, gas)
        instance.host.memory = LazyHostMemory(lazyPages: lazyPages, instance: instance, gas: gas)
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
        _ instance: ProgramInstance, _ module: CompiledModule, _ request: ExecutionRequest, _ gas: GasCounter?
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
        _ result: ProgramInstance.CallResult, _ instance: ProgramInstance, _ gas: GasCounter?, limit: UInt64
    ) throws(ExecutionError) -> ExecutionReport {
        do {
            try lazyPages.finish()
            let status: ExecutionStatus = try lazyPages.status() == .normal ? .normal : .gasLimitExceeded
            let failure = try lazyPages.failure()
            if status == .normal, let failure { throw ExecutionError(failure) }
            if status == .normal, let failure = instance.host.failure { throw failure }
            let end = ExecutionEnd(result, status: status, instance.host, gas, limit: limit)
            // After a page charge that failed in host code the program ran on, and may have set its counter.
            let left = end == .gasLimitExceeded ? gas.map { _ in 0 } : gas?.left()
            return ExecutionReport(
                end: end, status: status, gasLeft: left, charges: try lazyPages.charges(),
                accessedPages: try lazyPages.accessedPages(), faults: try lazyPages.faults(),
                writtenPages: try lazyPages.writeAccessedPages().map {
                    ($0, end.keepsMemory ? instance.linearMemory.bytes(of: $0) : nil)
                },
                memorySize: instance.memorySize, counters: try lazyPages.counters(),
                weightsVersion: gas?.weightsVersion, isConclusive: end.isConclusive(gas))
        } catch let error as ExecutionError {
            throw error
        } catch {
            throw .engineInvariant("\(error)")
        }
    }
}

extension ExecutionEnd {
    init(
        _ result: ProgramInstance.CallResult, status: ExecutionStatus, _ host: HostContext, _ gas: GasCounter?,
        limit: UInt64
    ) {
        // A charge that failed ends the job wherever the program was by then.
        if status == .gasLimitExceeded || host.isOutOfGas || gas?.isOverdrawn == true {
            self = .gasLimitExceeded
            return
        }
        // A module that meters itself has taken its counter below zero, or set it as it likes.
        if let gas, gas.left() > limit {
            self = .gasLimitExceeded
            return
        }
        if let end = host.end {
            self = .stopped(end)
            return
        }
        self =
            switch result {
            case .returned(let values): .returned(EntryValues.results(values))
            case .trapped(let trap) where trap.kind == "unreachable" && gas?.hasEndedProgram == true: .gasLimitExceeded
            case .trapped(let trap) where trap.kind == "memory_out_of_bounds": .memoryOutOfBounds(trap)
            case .trapped(let trap): .trapped(trap)
            }
        // One that meters itself leaves its counter empty and executes `unreachable`.
        if case .own = gas?.kind, gas?.left() == 0, case .trapped(let trap) = self, trap.kind == "unreachable" {
            self = .gasLimitExceeded
        }
    }

    /// A host function sees the exact amount in either form.
    fileprivate func isConclusive(_ gas: GasCounter?) -> Bool {
        guard case .metered(.fast) = gas?.kind else { return true }
        switch self {
        case .returned, .stopped: return true
        case .trapped, .memoryOutOfBounds, .gasLimitExceeded: return false
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
