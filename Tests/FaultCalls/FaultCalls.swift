import CCallCounter
import Glibc
import LazyPages
import Pages

/// Causes faults of one kind after the other, and prints for each how many there were and what was called during them.
struct FaultCalls {
    private let address: UInt
    private let gas = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
    private let source = FixedSource()
    private let engine: LazyPages

    private static let faultsOfAKind = 10_000
    private static let faultsAtOnce = 1000

    init() throws {
        let (size, flags) = (Self.faultsAtOnce * PageSize.gear, MAP_PRIVATE | MAP_ANONYMOUS)
        let memory = mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let memory, memory != MAP_FAILED else { fatalError("no memory") }
        address = UInt(bitPattern: memory)
        engine = try LazyPages(source: source)
    }

    /// Faults of an execution that goes on.
    func many(
        _ name: String, _ answer: FixedSource.Answer, isWrite: Bool = false, afterRead: Bool = false,
        as kind: KeyPath<ExecutionCounters, UInt64>
    ) throws {
        try measure(name, atOnce: Self.faultsAtOnce, isWrite: isWrite, as: kind) {
            try begin(answer, pages: Self.faultsAtOnce, gasLimit: .max)
            if afterRead { _ = touch(Self.faultsAtOnce, isWrite: false) }
        }
    }

    /// Faults that are the last of their execution.
    func last(_ name: String, _ answer: FixedSource.Answer, gasLimit: UInt64 = .max) throws {
        try measure(name, atOnce: 1, isWrite: false, as: \.readFaults) {
            try begin(answer, pages: PageSize.gearPerWasm, gasLimit: gasLimit)
        }
    }

    private func begin(_ answer: FixedSource.Answer, pages: Int, gasLimit: UInt64) throws {
        source.answer = answer
        gas.initialize(to: gasLimit)
        try engine.initialize(
            program: ProgramMemory(
                address: address, size: UInt32(pages / PageSize.gearPerWasm), stackEnd: nil, key: [1, 2, 3],
                gas: GasAccess(address: gas), costs: [1, 1, 1, 1, 1, 1, 1]))
    }

    private func touch(_ pages: Int, isWrite: Bool) -> ccallcounter_counts {
        ccallcounter_touch(address, PageSize.gear, pages, isWrite)
    }

    private func measure(
        _ name: String, atOnce pages: Int, isWrite: Bool, as kind: KeyPath<ExecutionCounters, UInt64>,
        begin: () throws -> Void
    ) throws {
        var sum = ccallcounter_counts()
        var faults: UInt64 = 0
        for _ in 0..<Self.faultsOfAKind / pages {
            try begin()
            let calls = touch(pages, isWrite: isWrite)
            sum.allocations += calls.allocations
            sum.releases += calls.releases
            sum.locks += calls.locks
            faults += try engine.counters()[keyPath: kind]
            try engine.finish()
        }
        print(name, faults, sum.allocations, sum.releases, sum.locks)
    }
}
