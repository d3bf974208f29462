// Accesses of memory by instructions.

extension Model {
    private func page(_ address: UInt64) -> UInt32 { UInt32(address / UInt64(StoredPage.size)) }

    private var end: UInt64 { UInt64(memory.bytes.count) }

    /// One access of a load or store. One that begins inside memory and ends outside may or may not touch the page that
    /// it begins in before it ends the program.
    private func access(_ address: UInt64, width: Int, isWrite: Bool, mayWriteToo: Bool = false) throws(Stop) {
        memoryAccesses += 1
        let last = address + UInt64(width) - 1
        guard last < end else {
            if address < end { try touchEdge(page(address), isWrite: isWrite, mayWriteToo: mayWriteToo) }
            throw .trap("memory_out_of_bounds")
        }
        // At most two, and either may come first: only their sum is visible.
        for page in page(address)...page(last) { try pages.touch(page, isWrite: isWrite, byHost: false) }
    }

    /// The page in which an access across the end begins.
    private func touchEdge(_ page: UInt32, isWrite: Bool, mayWriteToo: Bool) throws(Stop) {
        guard !pages.isOpen(page, isWrite: isWrite || mayWriteToo), choices.takesOther(.edge) else { return }
        let asWrite = isWrite || (mayWriteToo && choices.takesOther(.mergedUpdate))
        try pages.touch(page, isWrite: asWrite, byHost: false)
    }

    func load(_ operation: LoadOperator, _ address: UInt64) throws(Stop) -> Bits {
        let isWhole = operation == .i32 || operation == .i64
        loads += 1
        // For a page that is written already it makes no difference.
        let isFirst =
            !pages.isOpen(page(address), isWrite: true)
            || !pages.isOpen(page(address + UInt64(operation.width) - 1), isWrite: true)
        let isWrite = isWhole && isFirst && isMerged(loads)
        try access(address, width: operation.width, isWrite: isWrite, mayWriteToo: isWhole)
        // A compiler drops a load of what it has loaded already, and merges the one that stays.
        if lastLoads.last?.address != address { lastLoads = [] }
        if lastLoads.count == 8 { lastLoads.removeLast() }
        if isWhole { lastLoads.append((loads, address, operation.width)) }
        return value(operation, Int(address))
    }

    private func value(_ operation: LoadOperator, _ offset: Int) -> Bits {
        func number(_ width: Int, at index: Int = 0) -> UInt64 { memory.number(at: offset + index, width: width) }
        func signed(_ value: UInt64, _ width: Int) -> UInt64 {
            let shift = UInt64(64 - 8 * width)
            return UInt64(bitPattern: Int64(bitPattern: value << shift) >> Int64(shift))
        }
        switch operation {
        case .i32, .f32, .i32From8U, .i32From16U, .i64, .f64, .i64From8U, .i64From16U, .i64From32U, .v128Zero32,
            .v128Zero64:
            return Bits(low: number(operation.width))
        case .i32From8S, .i32From16S:
            return Bits(UInt32(truncatingIfNeeded: signed(number(operation.width), operation.width)))
        case .i64From8S, .i64From16S, .i64From32S: return Bits(low: signed(number(operation.width), operation.width))
        case .v128: return Bits(low: number(8), high: number(8, at: 8))
        case .v128From8x8S:
            let lanes = (0..<8).map { signed(number(1, at: $0), 1) & 0xFFFF }
            return Bits(low: packed(lanes[0..<4], bits: 16), high: packed(lanes[4..<8], bits: 16))
        case .v128From16x4U:
            let lanes = (0..<4).map { number(2, at: 2 * $0) }
            return Bits(low: packed(lanes[0..<2], bits: 32), high: packed(lanes[2..<4], bits: 32))
        case .v128From32x2S: return Bits(low: signed(number(4), 4), high: signed(number(4, at: 4), 4))
        case .v128Splat8:
            let lane = number(1) &* 0x0101_0101_0101_0101
            return Bits(low: lane, high: lane)
        case .v128Splat64: return Bits(low: number(8), high: number(8))
        }
    }

    private func packed(_ lanes: ArraySlice<UInt64>, bits: UInt64) -> UInt64 {
        lanes.reversed().reduce(0) { $0 << bits | $1 }
    }

    func store(_ operation: StoreOperator, _ address: UInt64, _ value: Bits) throws(Stop) {
        let isWhole = operation == .i32 || operation == .i64
        for load in lastLoads where isWhole && load.address == address && load.width == operation.width {
            foundMergeable.insert(load.number)
        }
        lastLoads = []
        let bytes = content(operation, value)
        try access(address, width: operation.width, isWrite: true)
        memory.write(bytes, at: Int(address))
    }

    private func content(_ operation: StoreOperator, _ value: Bits) -> [UInt8] {
        func bytes(_ number: UInt64, _ width: Int) -> [UInt8] {
            (0..<width).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
        }
        switch operation {
        case .v128: return bytes(value.low, 8) + bytes(value.high, 8)
        case .v128Lane8: return bytes(value.low >> UInt64(8 * StoreOperator.lane), 1)
        case .v128Lane64: return bytes(value.high, 8)
        default: return bytes(value.low, operation.width)
        }
    }

    /// Bulk instructions check their bounds before they touch anything, and touch nothing for no bytes.
    private func bulkPages(_ offset: UInt32, _ size: UInt32, limit: UInt64) throws(Stop) -> [UInt32] {
        memoryAccesses += 1
        lastLoads = []
        guard UInt64(offset) + UInt64(size) <= limit else { throw .trap("memory_out_of_bounds") }
        return size == 0 ? [] : Array(page(UInt64(offset))...page(UInt64(offset) + UInt64(size) - 1))
    }

    func fill(_ offset: UInt32, _ byte: UInt8, size: UInt32) throws(Stop) {
        for page in try bulkPages(offset, size, limit: end) { try pages.touch(page, isWrite: true, byHost: false) }
        memory.fill(Int(offset)..<Int(offset) + Int(size), with: byte)
    }

    /// A page that is both read and written may be touched either way first: the system's `memmove` decides.
    func copy(to: UInt32, from: UInt32, size: UInt32) throws(Stop) {
        let sources = try bulkPages(from, size, limit: end)
        let targets = try bulkPages(to, size, limit: end)
        // Metering sees to it that a copy of bytes onto themselves touches nothing.
        if to == from { return }
        for page in sources {
            let isWrittenFirst =
                !scenario.isAdditive && targets.contains(page) && !pages.isOpen(page, isWrite: false)
                && choices.takesOther(.copyOrder)
            try pages.touch(page, isWrite: isWrittenFirst, byHost: false)
        }
        for page in targets { try pages.touch(page, isWrite: true, byHost: false) }
        memory.write(memory.read(Int(from)..<Int(from) + Int(size)), at: Int(to))
    }

    func initialize(_ segment: [UInt8], to: UInt32, from: UInt32, size: UInt32) throws(Stop) {
        guard UInt64(from) + UInt64(size) <= UInt64(segment.count) else { throw .trap("memory_out_of_bounds") }
        for page in try bulkPages(to, size, limit: end) { try pages.touch(page, isWrite: true, byHost: false) }
        memory.write(Array(segment[Int(from)..<Int(from) + Int(size)]), at: Int(to))
    }
}
