import LazyPages
import Pages

/// Stored pages in a dictionary, with a record of what was asked for.
final class DictionarySource: PageSource {
    var pages: [UInt32: [UInt8]]
    /// Announced by `pageExists` although there is no data.
    var phantoms: Set<UInt32> = []
    var unavailable: Set<UInt32> = []
    /// Called in the fault handler before a page is loaded.
    var willLoad: (UInt32) -> Void = { _ in }
    private(set) var asked: [UInt32] = []
    private(set) var loaded: [UInt32] = []
    private(set) var lastKey: [UInt8] = []

    init(_ pages: [UInt32: [UInt8]] = [:]) { self.pages = pages }

    func pageExists(_ key: PageKey) throws(PageSourceError) -> Bool {
        lastKey = Array(key.bytes)
        asked.append(key.page.rawValue)
        return pages[key.page.rawValue] != nil || phantoms.contains(key.page.rawValue)
            || unavailable.contains(key.page.rawValue)
    }

    func loadPage(_ key: PageKey, into buffer: UnsafeMutableRawBufferPointer) throws(PageSourceError) -> Int? {
        let number = key.page.rawValue
        willLoad(number)
        if unavailable.contains(number) { throw .unavailable("gone") }
        guard let bytes = pages[number] else { return nil }
        loaded.append(number)
        if bytes.count == buffer.count { buffer.copyBytes(from: bytes) }
        return bytes.count
    }

    static func page(_ byte: UInt8) -> [UInt8] { Array(repeating: byte, count: PageSize.gear) }
}
