import CFaultSignal

/// A page fault in the memory of an execution.
public struct Fault: Equatable, Sendable {
    public var address: UInt
    public var access: FaultAccess
}

/// What the faulting instruction was doing.
public enum FaultAccess: Sendable {
    case read, write
    /// The system does not say.
    case unknown

    init(_ access: lazypages_access) {
        self =
            switch access {
            case LAZYPAGES_ACCESS_READ: .read
            case LAZYPAGES_ACCESS_WRITE: .write
            default: .unknown
            }
    }
}

/// What is to happen after a fault.
public enum FaultVerdict: Sendable {
    /// The instruction can go on: it runs again.
    case resume
    /// Whoever handled faults before the engine gets it.
    case forward
}

/// A caller's own way to handle the faults of its executions. It runs in the signal handler, on the thread's signal
/// stack: it must neither wait for a lock nor touch memory that faults.
public typealias FaultHandler = (Fault) -> FaultVerdict

/// Entered for a fault in the active region of an execution that has a caller's handler. `context` is the execution.
let handleFaultByCaller: lazypages_fault_callback = { context, address, access, _ in
    guard let handler = context?.assumingMemoryBound(to: Execution.self).pointee.handler else {
        lazypages_abort("lazypages: a fault for a caller's handler that is not there\n")
    }
    switch handler(Fault(address: address, access: FaultAccess(access))) {
    case .resume: return LAZYPAGES_RESUME
    case .forward: return LAZYPAGES_FORWARD
    }
}
