import Pages

/// Where the engine finds stored pages. It is called from the fault handler, on the thread that runs the program, while
/// that thread holds no lock and is inside no other call of the source.
public protocol PageSource: AnyObject {
    /// Whether the store has data for the page.
    func pageExists(_ key: PageKey) throws(PageSourceError) -> Bool

    /// Copies the page's data to `buffer`, which holds one page.
    /// - Returns: how many bytes the store has for the page, nil if none. Unless it is exactly one page, `buffer` is
    ///   left as it was.
    func loadPage(_ key: PageKey, into buffer: UnsafeMutableRawBufferPointer) throws(PageSourceError) -> Int?
}

public enum PageSourceError: Error, Equatable, Sendable {
    /// The store did not answer.
    case unavailable(String)
    /// Someone else has written the page since the execution began: it must start over.
    case changed(PageNumber)
}

/// Under which key a page is stored: storage prefix ‖ program key ‖ page number as 4 little-endian bytes.
public struct PageKey {
    /// The whole key; valid during the call that was given it.
    public let bytes: UnsafeRawBufferPointer

    @inlinable
    public var page: PageNumber {
        PageNumber(
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self)))
    }
}

/// Holds the part of the key that stays, so that making a page's key neither allocates nor copies it again.
struct PageKeyBuffer: ~Copyable {
    /// The part that stays: for errors, which must not allocate either.
    let prefix: [UInt8]
    private let storage: UnsafeMutableRawBufferPointer

    init(storagePrefix: [UInt8], programKey: [UInt8]) {
        prefix = storagePrefix + programKey
        storage = .allocate(byteCount: prefix.count + 4, alignment: 1)
        storage.copyBytes(from: prefix)
    }

    deinit { storage.deallocate() }

    func key(of page: PageNumber) -> PageKey {
        storage.storeBytes(of: page.rawValue.littleEndian, toByteOffset: storage.count - 4, as: UInt32.self)
        return PageKey(bytes: UnsafeRawBufferPointer(storage))
    }
}
