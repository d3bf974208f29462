import CProcess
import LazyPages
import PageStorage
import Pages
import WorkerProtocol

/// The engine's view of the storage: the pages of one program as of the version that a job started from.
///
/// It fetches pages ahead of their faults and keeps them to itself until then, so that the engine charges for a page when
/// it is touched, however the page came here. Used by the thread that uses its storage.
public final class StoragePageSource: PageSource {
    /// What one execution cost the storage.
    public struct Counters: Equatable, Sendable {
        /// Queries that fetched pages.
        public var queries: UInt64 = 0
        public var queryNanoseconds: UInt64 = 0
        public var queryTimes = PageQueryTimes()
        /// Pages fetched before they were touched.
        public var pagesPrefetched: UInt64 = 0
        /// Of these, the ones that were never touched.
        public var pagesWasted: UInt64 = 0
    }

    /// Working sets are those of a program's entry.
    private struct Entry: Hashable {
        let program: ProgramKey
        let name: String
    }

    private let storage: any Storage
    private let prefetch: Prefetch
    private var start: ExecutionStart?
    private var entry: Entry?
    private var planner: FetchPlanner
    private var held = HeldPages()
    private var known: [PageNumber: [UInt8]] = [:]
    /// In order.
    private var loaded: [PageNumber] = []
    private var counters = Counters()
    private var workingSets = LeastRecentlyUsed<Entry, WorkingSet>(countLimit: 256, sizeLimit: 8 << 20)

    public init(storage: any Storage, prefetch: Prefetch = .on) {
        self.storage = storage
        self.prefetch = prefetch
        planner = FetchPlanner(prefetch)
        if prefetch != .off { _ = Self.keepsHeap }
    }

    /// The memory of many pages is wanted again with the next query: to get it from the system anew would cost a page
    /// fault for each 4 KiB.
    private static let keepsHeap: Void = cprocess_keep_heap(32 << 20)

    /// From now on pages are those of this program and version, and `entry` is what loads them.
    /// - Parameter known: pages as of that version, which need not be fetched.
    public func begin(_ start: ExecutionStart, entry name: String, known: [PageNumber: [UInt8]] = [:]) {
        self.known = prefetch == .off ? [:] : known
        held.removeAll()
        loaded.removeAll(keepingCapacity: true)
        counters = Counters()
        let entry = Entry(program: start.key, name: name)
        (self.start, self.entry) = (start, entry)
        let gearPages = UInt32(PageSize.gearPerWasm)
        let end = start.memorySize * gearPages
        planner.begin(
            stored: start.storedPages, within: PageNumber(min(start.stackEnd * gearPages, end))..<PageNumber(end),
            workingSet: workingSets.value(for: entry))
    }

    /// The execution is over: gives up what was fetched for it.
    /// - Parameter isWhole: whether the program ran to its end, so that the next run may be expected to be like it.
    public func end(isWhole: Bool) -> Counters {
        held.removeAll()
        known = [:]
        if isWhole, prefetch.workingSetPages > 0, let entry, let start {
            remember(entry, stored: start.storedPages.count)
        }
        (start, entry) = (nil, nil)
        return counters
    }

    private func remember(_ entry: Entry, stored: Int) {
        let known = workingSets.value(for: entry)
        guard let set = known == nil ? WorkingSet(first: loaded) : known?.after(loaded, stored: stored) else {
            return workingSets.remove(entry)
        }
        workingSets.set(set, for: entry, size: set.size)
    }

    // MARK: - PageSource

    public func pageExists(_ key: PageKey) throws(PageSourceError) -> Bool {
        start?.storedPages.containsSorted(key.page) ?? false
    }

    public func loadPage(_ key: PageKey, into buffer: UnsafeMutableRawBufferPointer) throws(PageSourceError) -> Int? {
        guard let start else { return nil }
        let read: PageRead
        do throws(StorageError) {
            if let bytes = known[key.page], bytes.count == buffer.count {
                buffer.copyBytes(from: bytes)
                read = .found
            } else if let held = takeHeld(key.page, into: buffer) {
                read = held
            } else {
                read = try fetch(key.page, start, into: buffer)
            }
        } catch {
            throw .unavailable("\(error)")
        }
        loaded.append(key.page)
        switch read {
        case .found: return buffer.count
        case .notStored: return nil
        case .wrongSize(let size): return size
        case .changed: throw .changed(key.page)
        }
    }

    private func takeHeld(_ page: PageNumber, into buffer: UnsafeMutableRawBufferPointer) -> PageRead? {
        guard let (read, reason) = held.take(page, into: buffer) else { return nil }
        planner.noteUse(reason)
        counters.pagesWasted -= 1
        return read
    }

    private func fetch(
        _ page: PageNumber, _ start: ExecutionStart, into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> PageRead {
        let plan = planner.plan(atFault: page)
        counters.queries += 1
        let begin = ContinuousClock.now
        defer { note(.now - begin) }
        guard plan.pages.count > 1 else {
            return try storage.readPage(of: start.key, page: page, asOf: start.version, into: buffer)
        }
        let batch = try storage.readPages(of: start.key, pages: plan.pages, asOf: start.version)
        planner.noteDropped(held.add(batch, plan))
        let others = UInt64(plan.pages.count - 1)
        counters.pagesPrefetched += others
        // Until they are needed.
        counters.pagesWasted += others
        return held.take(page, into: buffer)?.0 ?? .notStored
    }

    private func note(_ duration: Duration) {
        let nanoseconds = UInt64(max(0, duration / .nanoseconds(1)))
        counters.queryNanoseconds += nanoseconds
        counters.queryTimes.note(nanoseconds: nanoseconds)
    }
}
