import LazyPages
import Pages

/// The scenario's stored pages, as the engine asks for them.
open class StoredPages: PageSource {
    public internal(set) var pages: [UInt32: [UInt8]] = [:]

    public init() {}

    open func pageExists(_ key: PageKey) throws(PageSourceError) -> Bool { pages[key.page.rawValue] != nil }

    open func loadPage(_ key: PageKey, into buffer: UnsafeMutableRawBufferPointer) throws(PageSourceError) -> Int? {
        guard let bytes = pages[key.page.rawValue] else { return nil }
        if bytes.count == buffer.count { buffer.copyBytes(from: bytes) }
        return bytes.count
    }
}
