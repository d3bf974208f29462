import Pages

/// All that the fault handler works on, behind one pointer and allocated before the program starts.
struct Execution: ~Copyable {
    let sizes: PageSizes
    let source: any PageSource
    let keys: PageKeyBuffer
    let gas: GasAccess?
    let compiledCode: Range<UInt>
    /// The caller's own; nil for the engine's.
    let handler: FaultHandler?

    var address: UInt?
    /// In bytes.
    var size: Int
    /// In bytes.
    let stackEnd: Int

    var charger: GasCharger
    var status = Status.normal
    /// Set when the execution cannot go on: its memory is no longer what the program believes.
    var failure: AccessError?
    var counters = ExecutionCounters()
    var faults = FaultLog()

    var accessed: PageSet
    var written: PageSet

    init(
        _ memory: borrowing CheckedMemory, sizes: PageSizes, source: any PageSource, prefix: [UInt8],
        handler: FaultHandler?
    ) {
        self.sizes = sizes
        self.source = source
        keys = PageKeyBuffer(storagePrefix: prefix, programKey: memory.program.key)
        gas = memory.program.gas
        compiledCode = memory.program.compiledCode
        self.handler = handler
        address = memory.program.address
        size = memory.size
        stackEnd = memory.stackEnd
        charger = GasCharger(costs: memory.costs)
        accessed = PageSet(capacity: AddressSpace.size / sizes.gear)
        written = PageSet(capacity: AddressSpace.size / sizes.gear)
    }

    /// The page that an address of the process lies in; nil outside the memory.
    func page(at fault: UInt) -> PageNumber? {
        guard let address, fault >= address, fault - address < UInt(size) else { return nil }
        return PageNumber(UInt32((fault - address) / UInt(sizes.gear)))
    }

    mutating func openAll() throws(ProtectionError) {
        if let address { try protect(address, size: size, .readWrite) }
    }

    /// Untouched pages become inaccessible, pages only read become read-only; the rest, with the stack, is open.
    func protectUntouched() throws(ProtectionError) {
        guard let address else { return }
        try protect(address, size: stackEnd, .readWrite)
        try protect(address + UInt(stackEnd), size: size - stackEnd, .none)
        var failure: ProtectionError?
        accessed.forEach { page in
            // Memory that has shrunk no longer has its last pages.
            guard Int(page.rawValue) * sizes.gear < size else { return }
            do throws(ProtectionError) {
                let start = address + UInt(page.rawValue) * UInt(sizes.gear)
                try protect(start, size: sizes.gear, written.contains(page) ? .readWrite : .read)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }
}

/// The 32-bit address space of a WebAssembly memory.
enum AddressSpace {
    /// In bytes.
    static let size = 1 << 32
}
