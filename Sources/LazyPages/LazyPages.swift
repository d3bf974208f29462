import CFaultSignal
import Pages

/// The lazy-pages engine of one thread: makes a program's memory inaccessible, and on each first touch of a page charges
/// for it, loads its stored bytes if there are any, and opens exactly that page.
///
/// The rules are those of the Gear protocol's lazy-pages. Create the WebAssembly runtime's engine first and this
/// afterwards: every fault that is not of the active region goes to the handler that was there before.
///
/// A value is the runtime context of the thread that created it; creating another on the same thread takes its place and
/// ends its execution's protection against faults. Called on another thread, or after its place was taken, everything
/// answers with `contextNotSet(.runtime)`.
public final class LazyPages {
    private let sizes: PageSizes
    private let prefix: [UInt8]
    private let source: any PageSource
    private let handler: FaultHandler?
    /// The number of this value's runtime context.
    private let context: UInt64
    let execution = UnsafeMutablePointer<Execution>.allocate(capacity: 1)
    private var phase = Phase.none

    private enum Phase {
        /// No execution yet.
        case none
        /// Faults are wanted.
        case protecting
        /// Between `unprotectAll` and `protectAgain`.
        case open
        case finished
    }

    /// The storage client runs on the signal stack.
    static let signalStackSize = 512 * 1024
    static let gasGlobalName = "gear_gas"

    /// To be called before the process's WebAssembly runtime is created: lets the engine know of faults at instructions
    /// where that runtime cannot end a program. Without it such a fault, after the gas has run out or a page could not be
    /// loaded, ends the process.
    public static func installBackstop() throws(InitError) {
        let installed = lazypages_backstop_install()
        guard installed == 0 else { throw .handlerNotInstalled(errno: installed) }
    }

    /// Sets up the calling thread, and with the first call the process.
    ///
    /// - Parameters:
    ///   - pageSizes: exactly two, in bytes: of a Wasm page and of a Gear page.
    ///   - globalNames: the first is `gear_gas`.
    ///   - storagePrefix: the first part of every page key.
    ///   - source: where stored pages come from.
    ///   - handler: handles the faults of this value's executions in the engine's stead: pages are neither charged nor
    ///     loaded, nor opened but by the handler.
    /// - Throws: the first of the errors in their order that applies; what the thread had before is then unchanged.
    public init(
        pageSizes: [Int] = [PageSize.wasm, PageSize.gear], globalNames: [String] = ["gear_gas"],
        storagePrefix: [UInt8] = [], source: any PageSource, handler: FaultHandler? = nil
    ) throws(InitError) {
        sizes = try PageSizes(pageSizes)
        guard globalNames.first == Self.gasGlobalName else {
            throw .wrongGlobalNames(expected: Self.gasGlobalName, found: globalNames.first)
        }
        prefix = storagePrefix
        self.source = source
        self.handler = handler
        let installed = lazypages_fault_handler_install()
        guard installed == 0 else { throw .handlerNotInstalled(errno: installed) }
        let prepared = lazypages_signal_stack_set_up(Self.signalStackSize)
        guard prepared == 0 else { throw .threadSetUpFailed(errno: prepared) }
        context = lazypages_runtime_context_replace()
    }

    deinit {
        clear()
        execution.deallocate()
    }

    private func clear() {
        guard phase != .none else { return }
        if lazypages_region_context() == UnsafeMutableRawPointer(execution) { lazypages_region_clear() }
        execution.deinitialize(count: 1)
        phase = .none
    }

    // MARK: - One execution

    /// Begins an execution: everything from the stack end to the end of memory becomes inaccessible.
    ///
    /// - Throws: the first check of the program that fails, or `protectionFailed`; nothing has changed then.
    public func initialize(program: ProgramMemory) throws(LazyPagesError) {
        guard ownsThread else { throw .contextNotSet(.runtime) }
        let memory = try CheckedMemory(program, sizes: sizes)
        try close(memory)
        clear()
        execution.initialize(
            to: Execution(memory, sizes: sizes, source: source, prefix: prefix, handler: handler))
        activate()
    }

    /// Ends the execution and opens its memory; what it did can still be asked.
    ///
    /// - Throws: `protectionFailed` where the memory could not be opened; the execution has ended all the same.
    public func finish() throws(LazyPagesError) {
        try requireRunning()
        deactivate(.finished)
        try openAll()
    }

    /// Opens the whole memory, for whatever moves or grows it. `protectAgain` must follow.
    ///
    /// - Throws: `memoryAddressNotSet`, or `protectionFailed`, after which faults are served as before.
    public func unprotectAll() throws(LazyPagesError) {
        try requireMemory()
        try openAll()
        deactivate(.open)
    }

    /// Restores what `unprotectAll` opened: untouched pages inaccessible, pages only read read-only, the rest open.
    ///
    /// - Throws: `memoryAddressNotSet` or `protectionFailed`.
    public func protectAgain() throws(LazyPagesError) {
        try requireMemory()
        do throws(ProtectionError) {
            try execution.pointee.protectUntouched()
        } catch {
            throw .protectionFailed(error)
        }
        activate()
    }

    /// The memory has moved or has another size. Unless all is open, what it has grown by becomes inaccessible.
    ///
    /// - Parameters:
    ///   - address: nil if it has not moved.
    ///   - size: in Wasm pages; nil if it has kept its size.
    /// - Throws: the same as `initialize` of an address or a size, or `nothingToChange`; nothing has changed then.
    public func memoryChanged(address: UInt? = nil, size: UInt32? = nil) throws(LazyPagesError) {
        guard address != nil || size != nil else { throw .nothingToChange }
        try requireRunning()
        if let address { try CheckedMemory.checkAlignment(address) }
        guard let newAddress = address ?? execution.pointee.address else { throw .memoryAddressNotSet }
        let oldBytes = execution.pointee.size
        let bytes = try size.map { (size) throws(LazyPagesError) in
            try CheckedMemory.bytes(size, stackEnd: execution.pointee.stackEnd, sizes: sizes)
        }
        let newBytes = bytes ?? oldBytes
        try CheckedMemory.checkEnd(address: newAddress, size: newBytes)
        if phase == .protecting, newBytes > oldBytes {
            do throws(ProtectionError) {
                try protect(newAddress + UInt(oldBytes), size: newBytes - oldBytes, .none)
            } catch {
                throw .protectionFailed(error)
            }
        }
        execution.pointee.address = newAddress
        execution.pointee.size = newBytes
        if phase == .protecting { activate() }
    }

    /// Announces what a host function is about to read and write: afterwards it can, without a fault.
    ///
    /// - Parameters:
    ///   - reads: processed first.
    ///   - writes: not processed where the reads have exhausted the gas.
    ///   - gas: the counter that the accesses are charged to.
    /// - Throws: `outOfBounds` and `gasLimitExceeded` are the program's own errors; its memory is open after the latter.
    public func preProcess(
        reads: [MemoryInterval], writes: [MemoryInterval], gas: inout UInt64
    ) throws(HostAccessError) {
        try withUnsafeMutablePointer(to: &gas) { (left) throws(HostAccessError) in
            try preProcess(reads: reads, writes: writes, left: left)
        }
    }

    /// The same for a program that is not metered: nothing is charged.
    public func preProcess(reads: [MemoryInterval], writes: [MemoryInterval]) throws(HostAccessError) {
        try preProcess(reads: reads, writes: writes, left: nil)
    }

    private func preProcess(
        reads: [MemoryInterval], writes: [MemoryInterval], left: UnsafeMutablePointer<UInt64>?
    ) throws(HostAccessError) {
        guard ownsThread else { throw .contextNotSet(.runtime) }
        guard isRunning else { throw .contextNotSet(.execution) }
        try execution.pointee.preProcess(reads: reads, writes: writes, left: left)
    }

    // MARK: - Contexts

    private var ownsThread: Bool { lazypages_runtime_context() == context }
    private var isRunning: Bool { phase == .protecting || phase == .open }

    func requireExecution() throws(LazyPagesError) {
        guard ownsThread else { throw .contextNotSet(.runtime) }
        guard phase != .none else { throw .contextNotSet(.execution) }
    }

    private func requireRunning() throws(LazyPagesError) {
        guard ownsThread else { throw .contextNotSet(.runtime) }
        guard isRunning else { throw .contextNotSet(.execution) }
    }

    private func requireMemory() throws(LazyPagesError) {
        try requireRunning()
        guard execution.pointee.address != nil else { throw .memoryAddressNotSet }
    }

    // MARK: - Protection

    /// Where the system refuses it for a part, the parts before are opened again.
    private func close(_ memory: CheckedMemory) throws(LazyPagesError) {
        guard let address = memory.program.address else { return }
        let (start, size) = (address + UInt(memory.stackEnd), memory.size - memory.stackEnd)
        do throws(ProtectionError) {
            try protect(start, size: size, .none)
        } catch {
            try? protect(start, size: size, .readWrite)
            if phase == .protecting { try? execution.pointee.protectUntouched() }
            throw .protectionFailed(error)
        }
    }

    private func openAll() throws(LazyPagesError) {
        do throws(ProtectionError) { try execution.pointee.openAll() } catch { throw .protectionFailed(error) }
    }

    private func activate() {
        phase = .protecting
        guard let address = execution.pointee.address else { return lazypages_region_clear() }
        let callback = handler == nil ? handleFault : handleFaultByCaller
        lazypages_region_set(address, address + UInt(execution.pointee.size), callback, execution)
    }

    private func deactivate(_ next: Phase) {
        phase = next
        lazypages_region_clear()
    }
}
