import LazyPages
import Pages

/// Page data in memory.
final class MemoryPageSource: PageSource {
    let data: UnsafeRawBufferPointer
    /// Whether the data is as if it were not there.
    var isEmpty = false

    init(pages: Int) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pages * PageSize.gear, alignment: PageSize.gear)
        for index in buffer.indices { buffer[index] = UInt8(truncatingIfNeeded: index &* 31 &+ index >> 14) }
        data = UnsafeRawBufferPointer(buffer)
    }

    deinit { data.deallocate() }

    func pageExists(_ key: PageKey) throws(PageSourceError) -> Bool { !isEmpty }

    func loadPage(_ key: PageKey, into buffer: UnsafeMutableRawBufferPointer) throws(PageSourceError) -> Int? {
        let start = Int(key.page.rawValue) * buffer.count
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: data[start..<start + buffer.count]))
        return buffer.count
    }
}
