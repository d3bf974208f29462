import Pages

extension GearFunctions {
    static var memory: [GearFunction] {
        [
            GearFunction("alloc", GearCall.allocate, \.memory, .number(.i32), .number),
            GearFunction("free", GearCall.free, \.memory, .number(.i32), .number),
            GearFunction("free_range", GearCall.freeRange, \.memory, .number(.i32), .number, .number),
        ]
    }
}

extension GearCall {
    private static let noPage: UInt32 = .max

    /// The number of the first page, or the largest number where there is no place.
    func allocate(_ count: UInt32) throws(CallFailure) -> [UInt8] {
        let allocations = execution.allocations
        guard allocations.staticPages < allocations.maximum else { return Self.noPage.littleEndianBytes }
        // As Gear answers it.
        if count == 0 { return allocations.staticPages.littleEndianBytes }
        guard let place = allocations.place(for: count, memorySize: host.memorySize) else {
            return Self.noPage.littleEndianBytes
        }
        if place.missing > 0 {
            try charge(UInt64(place.missing) * weights.page)
            guard host.growMemory(by: place.missing) != nil else { return Self.noPage.littleEndianBytes }
        }
        execution.allocations.allocate(place, count: count)
        return place.first.littleEndianBytes
    }

    /// 0, or 1 where the page is not allocated or not the program's to free.
    func free(_ page: UInt32) throws(CallFailure) -> [UInt8] {
        try checkIsPage(page, in: "free")
        let isFreed = execution.allocations.free(page, memorySize: host.memorySize)
        return UInt32(isFreed ? 0 : 1).littleEndianBytes
    }

    /// 0, or 1 where not all of the pages could be the program's to free.
    func freeRange(_ first: UInt32, _ last: UInt32) throws(CallFailure) -> [UInt8] {
        try checkIsPage(first, in: "free_range")
        try checkIsPage(last, in: "free_range")
        let isFreed = execution.allocations.free(first, through: last, memorySize: host.memorySize)
        return UInt32(isFreed ? 0 : 1).littleEndianBytes
    }

    private func checkIsPage(_ page: UInt32, in name: String) throws(CallFailure) {
        guard page < UInt32(PageSize.wasmPagesInAddressSpace) else {
            throw .panic("\(name): no memory has a page \(page)")
        }
    }
}
