import Pages

/// What differs between an access by an instruction and one announced by a host function.
struct AccessPolicy {
    let isSignal: Bool
    let isWrite: Bool

    var firstAccess: CostKind {
        switch (isSignal, isWrite) {
        case (true, false): .signalRead
        case (true, true): .signalWrite
        case (false, false): .hostFuncRead
        case (false, true): .hostFuncWrite
        }
    }

    var writeAfterRead: CostKind { isSignal ? .signalWriteAfterRead : .hostFuncWriteAfterRead }
}

extension Execution {
    /// The one algorithm for both kinds of access: charges, loads and opens what is not yet as the access needs it.
    ///
    /// - Parameters:
    ///   - pages: ascending; none is no access.
    ///   - left: the gas counter; nil charges nothing.
    mutating func process(
        _ pages: [UInt32], _ policy: AccessPolicy, left: UnsafeMutablePointer<UInt64>?
    ) throws(AccessError) {
        guard let last = pages.last, try admits(PageNumber(last), policy) else { return }
        for number in pages {
            try processAdmitted(PageNumber(number), policy, left: left)
            if status != .normal { return }
        }
    }

    /// The same for one page, which takes no list: a list would be allocated.
    mutating func process(
        _ page: PageNumber, _ policy: AccessPolicy, left: UnsafeMutablePointer<UInt64>?
    ) throws(AccessError) {
        if try admits(page, policy) { try processAdmitted(page, policy, left: left) }
    }

    /// Whether the execution is still one in which pages up to `last` can be accessed.
    private func admits(_ last: PageNumber, _ policy: AccessPolicy) throws(AccessError) -> Bool {
        guard (Int(last.rawValue) + 1) * sizes.gear <= size else { throw .outOfMemoryBounds }
        guard address != nil else { throw .memoryAddressNotSet }
        guard status == .normal else {
            if policy.isSignal { throw .signalAfterGasRanOut }
            return false
        }
        return true
    }

    private mutating func processAdmitted(
        _ page: PageNumber, _ policy: AccessPolicy, left: UnsafeMutablePointer<UInt64>?
    ) throws(AccessError) {
        if Int(page.rawValue) * sizes.gear < stackEnd {
            if policy.isSignal { throw .signalFromStack(page) }
        } else if written.contains(page) {
            if policy.isSignal { throw .signalFromWrittenPage(page) }
        } else if accessed.contains(page) {
            guard policy.isWrite else {
                if policy.isSignal { throw .readSignalFromAccessedPage(page) }
                return
            }
            if policy.isSignal { counters.writeAfterReadFaults += 1 }
            faults.note(page, .writeAfterRead, isSignal: policy.isSignal)
            guard try charge(policy.writeAfterRead, left) else { return }
            try open(page, .readWrite)
            try markWritten(page)
        } else {
            if policy.isSignal {
                if policy.isWrite { counters.writeFaults += 1 } else { counters.readFaults += 1 }
            }
            faults.note(page, policy.isWrite ? .write : .read, isSignal: policy.isSignal)
            try processUntouched(page, policy, left: left)
        }
    }

    mutating func processUntouched(
        _ page: PageNumber, _ policy: AccessPolicy, left: UnsafeMutablePointer<UInt64>?
    ) throws(AccessError) {
        guard try charge(policy.firstAccess, left) else { return }
        let key = keys.key(of: page)
        let exists: Bool
        do throws(PageSourceError) { exists = try source.pageExists(key) } catch { throw .pageSource(error) }
        if exists {
            guard try charge(.loadPageData, left) else { return }
            try open(page, .readWrite)
            try fill(page, key: key)
        }
        guard accessed.insert(page) else { throw .readChargedTwice(page) }
        if policy.isWrite {
            if !exists { try open(page, .readWrite) }
            try markWritten(page)
        } else {
            try open(page, .read)
        }
    }

    /// False when the gas does not cover the charge: the status says so, and all memory is open.
    private mutating func charge(
        _ kind: CostKind, _ left: UnsafeMutablePointer<UInt64>?
    ) throws(AccessError) -> Bool {
        guard let left else { return true }
        if charger.charge(kind, from: &left.pointee) { return true }
        status = .gasLimitExceeded
        do throws(ProtectionError) { try openAll() } catch { throw .protectionFailed(error) }
        return false
    }

    /// Brings the stored bytes to the page, which is open.
    private mutating func fill(_ page: PageNumber, key: PageKey) throws(AccessError) {
        let buffer = UnsafeMutableRawBufferPointer(start: pointer(to: page), count: sizes.gear)
        populate(buffer)
        let found: Int?
        do throws(PageSourceError) { found = try source.loadPage(key, into: buffer) } catch { throw .pageSource(error) }
        guard let found else { throw .pageVanished(page: page, keyPrefix: keys.prefix) }
        guard found == sizes.gear else {
            throw .wrongPageDataSize(page: page, expected: sizes.gear, found: found)
        }
        counters.pagesLoaded += 1
        counters.bytesLoaded += UInt64(found)
    }

    func open(_ page: PageNumber, _ protection: Protection) throws(AccessError) {
        do throws(ProtectionError) {
            try protect(UInt(bitPattern: pointer(to: page)), size: sizes.gear, protection)
        } catch {
            throw .protectionFailed(error)
        }
    }

    mutating func markWritten(_ page: PageNumber) throws(AccessError) {
        guard written.insert(page) else { throw .writtenTwice(page) }
    }

    private func pointer(to page: PageNumber) -> UnsafeMutableRawPointer? {
        guard let address else { return nil }
        return UnsafeMutableRawPointer(bitPattern: address + UInt(page.rawValue) * UInt(sizes.gear))
    }
}
