import Pages

/// A program's memory that has passed the checks of initialisation, sizes in bytes.
struct CheckedMemory {
    let program: ProgramMemory
    let size: Int
    let stackEnd: Int
    let costs: PageCosts

    init(_ program: ProgramMemory, sizes: PageSizes) throws(LazyPagesError) {
        if let address = program.address { try Self.checkAlignment(address) }
        let stackEnd = Int(program.stackEnd ?? 0) * sizes.wasm
        size = try Self.bytes(program.size, stackEnd: stackEnd, sizes: sizes)
        if let address = program.address {
            try Self.checkEnd(address: address, size: size)
        } else if size != 0 {
            throw .memorySizeWithoutAddress
        }
        // The stack end is a page, not an amount: the end of the address space is no page.
        guard stackEnd < AddressSpace.size else { throw .stackEndTooLarge }
        self.stackEnd = stackEnd
        guard let costs = PageCosts(program.costs) else {
            throw .wrongNumberOfCosts(expected: CostKind.allCases.count, found: program.costs.count)
        }
        self.costs = costs
        self.program = program
    }

    static func checkAlignment(_ address: UInt) throws(LazyPagesError) {
        guard address % UInt(PageSizes.native) == 0 else { throw .memoryAddressNotAligned(address) }
    }

    static func checkEnd(address: UInt, size: Int) throws(LazyPagesError) {
        guard !address.addingReportingOverflow(UInt(size)).overflow else {
            throw .memoryEndOverflow(address: address, size: size)
        }
    }

    /// - Parameter stackEnd: in bytes.
    static func bytes(_ wasmPages: UInt32, stackEnd: Int, sizes: PageSizes) throws(LazyPagesError) -> Int {
        let bytes = Int(wasmPages) * sizes.wasm
        guard stackEnd <= bytes else { throw .stackEndLargerThanMemory }
        guard bytes <= AddressSpace.size else { throw .memorySizeTooLarge }
        return bytes
    }
}
