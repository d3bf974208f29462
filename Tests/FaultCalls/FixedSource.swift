import Glibc
import LazyPages
import Pages

/// A store that has the same answer for every page and calls nothing on its way.
final class FixedSource: PageSource {
    enum Answer {
        case data, noData
        case unavailable, changed, vanished, wrongSize
        /// With data, but after an allocation and a lock: shows that they are counted.
        case dataAtACost
    }

    var answer = Answer.data
    private let page = UnsafeMutableRawBufferPointer.allocate(byteCount: PageSize.gear, alignment: PageSize.gear)
    private var kept = malloc(1)
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init() {
        page.initializeMemory(as: UInt8.self, repeating: 7)
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        page.deallocate()
        mutex.deallocate()
        free(kept)
    }

    func pageExists(_ key: PageKey) throws(PageSourceError) -> Bool { answer != .noData }

    func loadPage(_ key: PageKey, into buffer: UnsafeMutableRawBufferPointer) throws(PageSourceError) -> Int? {
        switch answer {
        case .noData, .vanished: return nil
        case .unavailable: throw .unavailable("gone")
        case .changed: throw .changed(key.page)
        case .wrongSize: return 3
        case .data: break
        case .dataAtACost:
            free(kept)
            kept = malloc(1)
            pthread_mutex_lock(mutex)
            pthread_mutex_unlock(mutex)
        }
        buffer.copyMemory(from: UnsafeRawBufferPointer(page))
        return buffer.count
    }
}
