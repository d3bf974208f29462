import CFaultSignal
import Pages

/// The lazy-pages engine of one thread: makes a program's memory inaccessible, and on each first touch of a page charges
/// for it, loads its stored bytes if there are any, and opens exactly that page.
///
/// The rules are those of the Gear protocol's lazy-pages. Create the WebAssembly runtime's engine first and this
/// afterwards: every fault that is not of the active region goes to the handler that was there before.
///
/// A value belongs to the thread that created it; creating another on the same thread takes its place.
public final class LazyPages {
    private let sizes: PageSizes
    private let prefix: [UInt8]
    private let source: any PageSource
    private let execution = UnsafeMutablePointer<Execution>.allocate(capacity: 1)
    private var isInitialized = false
    /// Whether faults are wanted; not between `unprotectAll` and `protectAgain`, nor after the end.
    private var isProtecting = false

    /// The storage client runs on the signal stack.
    static let signalStackSize = 512 * 1024
    static let gasGlobalName = "gear_gas"

    /// Sets up the calling thread, and with the first call the process.
    ///
    /// - Parameters:
    ///   - pageSizes: exactly two, in bytes: of a Wasm page and of a Gear page.
    ///   - globalNames: the first is `gear_gas`.
    ///   - storagePrefix: the first part of every page key.
    public init(
        pageSizes: [Int] = [PageSize.wasm, PageSize.gear], globalNames: [String] = ["gear_gas"],
        storagePrefix: [UInt8] = [], source: any PageSource
    ) throws(InitError) {
        sizes = try PageSizes(pageSizes)
        guard globalNames.first == Self.gasGlobalName else {
            throw .wrongGlobalNames(expected: Self.gasGlobalName, found: globalNames.first)
        }
        prefix = storagePrefix
        self.source = source
        let installed = lazypages_fault_handler_install()
        guard installed == 0 else { throw .handlerNotInstalled(errno: installed) }
        let prepared = lazypages_signal_stack_set_up(Self.signalStackSize)
        guard prepared == 0 else { throw .threadSetUpFailed(errno: prepared) }
    }

    deinit {
        clear()
        execution.deallocate()
    }

    private func clear() {
        guard isInitialized else { return }
        if lazypages_region_context() == UnsafeMutableRawPointer(execution) { lazypages_region_clear() }
        execution.deinitialize(count: 1)
        isInitialized = false
    }

    // MARK: - One execution

    /// Begins an execution: everything from the stack end to the end of memory becomes inaccessible. If this throws,
    /// nothing has changed.
    public func initialize(program: ProgramMemory) throws(LazyPagesError) {
        let memory = try CheckedMemory(program, sizes: sizes)
        if let address = program.address {
            do throws(ProtectionError) {
                try protect(address + UInt(memory.stackEnd), size: memory.size - memory.stackEnd, .none)
            } catch {
                throw .protectionFailed(error)
            }
        }
        clear()
        execution.initialize(to: Execution(memory, sizes: sizes, source: source, prefix: prefix))
        isInitialized = true
        activate()
    }

    /// Ends the execution and opens its memory; what it did can still be asked.
    public func finish() throws(LazyPagesError) {
        guard isInitialized else { throw .executionNotInitialized }
        deactivate()
        try openAll()
    }

    /// Opens the whole memory, for whatever moves or grows it. `protectAgain` must follow.
    public func unprotectAll() throws(LazyPagesError) {
        try requireMemory()
        try openAll()
        deactivate()
    }

    /// Restores what `unprotectAll` opened: untouched pages inaccessible, pages only read read-only.
    public func protectAgain() throws(LazyPagesError) {
        try requireMemory()
        do throws(ProtectionError) {
            try execution.pointee.protectUntouched()
        } catch {
            throw .protectionFailed(error)
        }
        activate()
    }

    /// The memory has moved or has another size, which is given in Wasm pages.
    public func memoryChanged(address: UInt? = nil, size: UInt32? = nil) throws(LazyPagesError) {
        guard address != nil || size != nil else { throw .nothingToChange }
        guard isInitialized else { throw .executionNotInitialized }
        if let address { try CheckedMemory.checkAlignment(address) }
        guard let newAddress = address ?? execution.pointee.address else { throw .memoryAddressNotSet }
        let newSize = try size.map { (size) throws(LazyPagesError) in try CheckedMemory.bytes(size, sizes: sizes) }
        let bytes = newSize ?? execution.pointee.size
        try CheckedMemory.checkEnd(address: newAddress, size: bytes)
        execution.pointee.address = newAddress
        execution.pointee.size = bytes
        if isProtecting { activate() }
    }

    /// Announces what a host function is about to read and write: afterwards it can, without a fault.
    ///
    /// - Parameter gas: the counter that the accesses are charged to.
    public func preProcess(
        reads: [MemoryInterval], writes: [MemoryInterval], gas: inout UInt64
    ) throws(HostAccessError) {
        guard isInitialized else { throw .executionNotInitialized }
        try execution.pointee.preProcess(reads: reads, writes: writes, gas: &gas)
    }

    // MARK: - What the execution did

    /// In ascending order; this is what has to be stored.
    public func writeAccessedPages() throws(LazyPagesError) -> [PageNumber] {
        guard isInitialized else { throw .executionNotInitialized }
        return execution.pointee.written.ascending()
    }

    /// Every page touched, in ascending order.
    public func accessedPages() throws(LazyPagesError) -> [PageNumber] {
        guard isInitialized else { throw .executionNotInitialized }
        return execution.pointee.accessed.ascending()
    }

    public func status() throws(LazyPagesError) -> Status {
        guard isInitialized else { throw .executionNotInitialized }
        return execution.pointee.status
    }

    /// Why the execution could not go on; nil if nothing is wrong with it. If set, its memory must be discarded.
    public func failure() throws(LazyPagesError) -> AccessError? {
        guard isInitialized else { throw .executionNotInitialized }
        return execution.pointee.failure
    }

    /// How often each of the seven costs was charged.
    public func charges() throws(LazyPagesError) -> ChargeCounts {
        guard isInitialized else { throw .executionNotInitialized }
        return execution.pointee.charger.charges
    }

    public func counters() throws(LazyPagesError) -> ExecutionCounters {
        guard isInitialized else { throw .executionNotInitialized }
        return execution.pointee.counters
    }

    // MARK: -

    private func requireMemory() throws(LazyPagesError) {
        guard isInitialized else { throw .executionNotInitialized }
        guard execution.pointee.address != nil else { throw .memoryAddressNotSet }
    }

    private func openAll() throws(LazyPagesError) {
        do throws(ProtectionError) { try execution.pointee.openAll() } catch { throw .protectionFailed(error) }
    }

    private func activate() {
        isProtecting = true
        guard let address = execution.pointee.address else { return lazypages_region_clear() }
        lazypages_region_set(address, address + UInt(execution.pointee.size), handleFault, execution)
    }

    private func deactivate() {
        isProtecting = false
        lazypages_region_clear()
    }
}
