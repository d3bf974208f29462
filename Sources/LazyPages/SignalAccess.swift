import CFaultSignal
import Glibc
import Pages

// What a fault calls. In a release build, on its way to success: `clock_gettime` (which the vDSO answers), the
// functions of the gas counter, the page source, `madvise`, `mprotect`, `memcpy`, and nothing of Swift's runtime.
// There are no reference counts and no exclusivity checks, because all state is behind one pointer; no metadata,
// because nothing on the way is generic; no global that is initialised when first used. A failure also retains what
// its error holds, and passes `swift_willThrowTypedImpl`, which does nothing unless a debugger or a test library hooks
// it. A debug build retains and releases the source around each call of it; there a generic collection or closure
// would make the runtime instantiate metadata, which allocates and locks. `HandlerCallsTests` counts allocations and
// locks in either build. To look again:
//
//     swift build -c release --product lazypages && objdump -d .build/release/lazypages | swift demangle --simplified
//
// and follow the calls from the closure of `handleFault`; or `rbreak ^swift_` in gdb, in the executable `FaultCalls`.

/// Entered on the thread's signal stack for a fault inside the active region. `context` is the execution.
let handleFault: lazypages_fault_callback = { context, address, access, pc in
    guard let execution = context?.assumingMemoryBound(to: Execution.self) else {
        lazypages_abort("lazypages: a fault in an active region without an execution\n")
    }
    return execution.pointee.handleSignal(address: address, access: access, pc: pc)
}

extension Execution {
    mutating func handleSignal(address fault: UInt, access: lazypages_access, pc: UInt) -> lazypages_verdict {
        let started = monotonicNanoseconds()
        faults.now = started
        defer { counters.handlerNanoseconds += monotonicNanoseconds() - started }
        // Asked again: the fault itself has been dealt with.
        if pc == 0 { return letHostCodeGoOn(fault) }
        do throws(AccessError) {
            if failure == nil {
                try processSignal(fault, access: access)
                if status == .normal { return LAZYPAGES_RESUME }
            }
        } catch {
            failure = error
            closeAll()
        }
        return compiledCode.contains(pc) ? LAZYPAGES_END_PROGRAM : letHostCodeGoOn(fault)
    }

    /// After a failure in host code the program's next touch of any page, of its stack too, is where it can be ended.
    /// Where this is refused, it ends at its next fault all the same, or at its time-out.
    private func closeAll() {
        if let address { try? protect(address, size: size, .none) }
    }

    /// Reads the gas counter once before and writes it once after.
    private mutating func processSignal(_ fault: UInt, access: lazypages_access) throws(AccessError) {
        // By raw value: to compare imported types a debug build asks the runtime for their metadata, which allocates.
        guard access.rawValue != LAZYPAGES_ACCESS_UNKNOWN.rawValue else { throw .readOrWriteUnknown }
        guard address != nil else { throw .memoryAddressNotSet }
        guard let page = page(at: fault) else { throw .outOfMemoryBounds }
        let policy = AccessPolicy(isSignal: true, isWrite: access.rawValue == LAZYPAGES_ACCESS_WRITE.rawValue)
        guard let gas else { return try process(page, policy, left: nil) }
        var left: UInt64 = 0
        guard gas.read(gas.context, &left) else { throw .globalAccessFailed }
        var failed: AccessError?
        do throws(AccessError) {
            try process(page, policy, left: &left)
        } catch {
            failed = error
        }
        // Charges count as soon as they are made, also where a later step fails.
        guard gas.write(gas.context, left) else { throw .globalAccessFailed }
        if let failed { throw failed }
    }

    /// The program must not go on, but cannot be ended here: in host code, or in compiled code that stands for some, as
    /// a short `memory.copy` does. It gets the page it needs, and everything it does is discarded. That is so too when
    /// the gas has run out and all memory was opened, for it may have grown since.
    private mutating func letHostCodeGoOn(_ fault: UInt) -> lazypages_verdict {
        guard let page = page(at: fault) else { return LAZYPAGES_FORWARD }
        do throws(AccessError) {
            try open(page, .readWrite)
            return LAZYPAGES_RESUME
        } catch {
            return LAZYPAGES_FORWARD
        }
    }
}

/// Read twice in a fault, which is 1 to 2 % of the time of the cheapest one.
func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
