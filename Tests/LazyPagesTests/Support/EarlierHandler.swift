import Glibc

/// A handler of SIGSEGV that a process installs before the engine does, with a record of what it receives. It opens the
/// page of the fault, so that the instruction goes on. For exit tests, which have a process of their own.
enum EarlierHandler {
    struct Received {
        var signal: Int32 = 0
        var address: UInt = 0
        /// What the processor's saved state, the third argument, says of the address.
        var savedAddress: UInt = 0
    }

    /// One process, one test.
    nonisolated(unsafe) static var received: [Received] = []
    /// The page that the plain handler opens, which is not told an address.
    nonisolated(unsafe) static var page: UnsafeMutableRawPointer?

    /// With `SA_SIGINFO`: a handler of three arguments.
    static func install() {
        endLoops()
        var action = sigaction()
        action.__sigaction_handler.sa_sigaction = { signal, info, context in
            guard let info else { return }
            let address = info.pointee._sifields._sigfault.si_addr
            EarlierHandler.received.append(
                Received(
                    signal: signal, address: UInt(bitPattern: address),
                    savedAddress: EarlierHandler.savedAddress(context?.assumingMemoryBound(to: ucontext_t.self))))
            EarlierHandler.open(address)
        }
        action.sa_flags = SA_SIGINFO | SA_ONSTACK
        sigaction(SIGSEGV, &action, nil)
    }

    /// A handler of one argument.
    static func installPlain() {
        endLoops()
        signal(SIGSEGV) { signal in
            EarlierHandler.received.append(Received(signal: signal))
            EarlierHandler.open(EarlierHandler.page)
        }
    }

    /// An instruction whose fault nobody deals with would fault for ever.
    private static func endLoops() { alarm(30) }

    private static func open(_ address: UnsafeMutableRawPointer?) {
        let page = UInt(bitPattern: address) & ~4095
        mprotect(UnsafeMutableRawPointer(bitPattern: page), 4096, PROT_READ | PROT_WRITE)
    }

    private static func savedAddress(_ context: UnsafeMutablePointer<ucontext_t>?) -> UInt {
        guard let context else { return 0 }
        #if arch(x86_64)
        return UInt(bitPattern: Int(context.pointee.uc_mcontext.gregs.22))  // REG_CR2
        #else
        return UInt(context.pointee.uc_mcontext.fault_address)
        #endif
    }
}
