import LazyPages
import PageStorage
import Pages

/// The engine's view of the storage: the pages of one program as of the version that a job started from.
///
/// Used by the thread that uses its storage.
public final class StoragePageSource: PageSource {
    private let storage: any Storage
    private var start: ExecutionStart?

    public init(storage: any Storage) { self.storage = storage }

    /// From now on pages are those of this program and version.
    public func begin(_ start: ExecutionStart) { self.start = start }

    public func pageExists(_ key: PageKey) throws(PageSourceError) -> Bool {
        start?.storedPages.containsSorted(key.page) ?? false
    }

    public func loadPage(_ key: PageKey, into buffer: UnsafeMutableRawBufferPointer) throws(PageSourceError) -> Int? {
        guard let start else { return nil }
        let read: PageRead
        do throws(StorageError) {
            read = try storage.readPage(of: start.key, page: key.page, asOf: start.version, into: buffer)
        } catch {
            throw .unavailable("\(error)")
        }
        switch read {
        case .found: return buffer.count
        case .notStored: return nil
        case .wrongSize(let size): return size
        case .changed: throw .changed(key.page)
        }
    }
}

extension Array<PageNumber> {
    /// Whether the page is in this ascending list. Runs in the fault handler, so it allocates nothing.
    func containsSorted(_ page: PageNumber) -> Bool {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < page { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low] == page
    }
}
