import Pages

/// Why a thread's runtime context could not be set up.
public enum InitError: Error, Equatable, Sendable {
    /// So many instead of two.
    case wrongNumberOfPageSizes(Int)
    case zeroPageSize
    /// The sizes must be powers of two of 32 bits with Wasm ≥ Gear ≥ native.
    case unsuitablePageSizes(wasm: Int, gear: Int, native: Int)
    /// Of the first global.
    case wrongGlobalNames(expected: String, found: String?)
    /// The process has no fault handler, and will have none.
    case handlerNotInstalled(errno: Int32)
    /// The thread has no signal stack.
    case threadSetUpFailed(errno: Int32)
}

/// Why an execution could not be initialised, changed or asked.
public enum LazyPagesError: Error, Equatable, Sendable {
    /// To the native page.
    case memoryAddressNotAligned(UInt)
    case protectionFailed(ProtectionError)
    /// Address and size, in bytes, do not fit the address space of the process.
    case memoryEndOverflow(address: UInt, size: Int)
    case memorySizeWithoutAddress
    /// Beyond the 32-bit address space.
    case memorySizeTooLarge
    case stackEndLargerThanMemory
    /// No page of the 32-bit address space begins there.
    case stackEndTooLarge
    /// Neither an address nor a size was given.
    case nothingToChange
    /// The program has no memory.
    case memoryAddressNotSet
    case contextNotSet(MissingContext)
    case wrongNumberOfCosts(expected: Int, found: Int)
}

/// What a call needs and does not find.
public enum MissingContext: Equatable, Sendable {
    /// The calling thread's runtime context is not this value's: it was created on another thread, or another value has
    /// taken its place.
    case runtime
    /// No execution has been initialised, or the call is of use only to one that has not finished.
    case execution
}

/// The system refused to change the protection of an interval of memory.
public struct ProtectionError: Error, Equatable, Sendable {
    public var address: UInt
    /// In bytes.
    public var size: Int
    public var wanted: Protection
    public var errno: Int32
}

/// Why an access of program memory could not be processed. All but `pageSource` and `wrongPageDataSize` say that the
/// engine, its caller or the memory's owner broke a rule.
public enum AccessError: Error, Equatable, Sendable {
    /// The last page ends behind the current memory.
    case outOfMemoryBounds
    /// A signal came although the page is never closed.
    case signalFromStack(PageNumber)
    /// A signal came although the page was opened for reading and writing.
    case signalFromWrittenPage(PageNumber)
    /// A signal for a read came although the page was opened for reading.
    case readSignalFromAccessedPage(PageNumber)
    /// A signal came although all memory was opened when the gas ran out.
    case signalAfterGasRanOut
    /// The store's data for a page is not one page.
    case wrongPageDataSize(page: PageNumber, expected: Int, found: Int)
    /// The store announced a page and then had no data for it. Its key is `keyPrefix` and the page's number.
    case pageVanished(page: PageNumber, keyPrefix: [UInt8])
    case writtenTwice(PageNumber)
    case readChargedTwice(PageNumber)
    /// The gas counter could not be read or written.
    case globalAccessFailed
    /// The system does not say what the faulting instruction was doing.
    case readOrWriteUnknown
    /// The program has no memory.
    case memoryAddressNotSet
    case protectionFailed(ProtectionError)
    case pageSource(PageSourceError)
}

/// What `preProcess` answers to a host function. The first two are the program's own errors.
public enum HostAccessError: Error, Equatable, Sendable {
    /// An interval overflows 32 bits or leaves the memory.
    case outOfBounds
    case gasLimitExceeded
    /// Now, or earlier in this execution.
    case failed(AccessError)
    case contextNotSet(MissingContext)
}
