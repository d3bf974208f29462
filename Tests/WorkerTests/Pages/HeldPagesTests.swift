import PageStorage
import Pages
import Testing

@testable import Worker

@Suite("Pages held until they are needed")
struct HeldPagesTests {
    /// Says of each page whether it is still held by anyone.
    private final class Batch: PageBatch {
        func read(_ page: PageNumber, into buffer: UnsafeMutableRawBufferPointer) -> PageRead {
            .wrongSize(Int(page.rawValue))
        }
    }

    private let buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    private func plan(_ pages: Range<UInt32>) -> FetchPlan {
        FetchPlan(pages: pages.map { PageNumber($0) }, reason: .scan)
    }

    @Test("a page is found in the batch that has it, once")
    func take() {
        var held = HeldPages()
        _ = held.add(Batch(), plan(0..<4))
        _ = held.add(Batch(), FetchPlan(pages: [9, 11], reason: .workingSet))
        #expect(held.take(11, into: buffer)?.0 == .wrongSize(11))
        #expect(held.take(11, into: buffer) == nil)
        #expect(held.take(10, into: buffer) == nil)
        #expect(held.take(9, into: buffer)?.1 == .workingSet)
        #expect(held.take(3, into: buffer)?.1 == .scan)
    }

    @Test("a batch whose pages were all taken is given up at once")
    func release() {
        var held = HeldPages()
        weak var batch: Batch?
        do {
            let made = Batch()
            batch = made
            _ = held.add(made, plan(0..<2))
        }
        _ = held.take(0, into: buffer)
        #expect(batch != nil)
        _ = held.take(1, into: buffer)
        #expect(batch == nil)
    }

    @Test("no more than 2,048 pages are held: the oldest batch goes first, and what is left of it is told")
    func pageLimit() {
        var held = HeldPages()
        #expect(held.add(Batch(), plan(0..<1024)).isEmpty)
        #expect(held.add(Batch(), plan(1024..<2048)).isEmpty)
        _ = held.take(5, into: buffer)
        #expect(held.add(Batch(), plan(3000..<3002)) == plan(0..<1024).pages.filter { $0 != 5 })
        #expect(held.take(6, into: buffer) == nil)
        #expect(held.take(1024, into: buffer) != nil)
    }

    @Test("a batch counts whole until it is given up, for so long it keeps its memory")
    func wholeBatches() {
        var held = HeldPages()
        for batch in [plan(0..<1024), plan(1024..<2048)] {
            _ = held.add(Batch(), batch)
            for page in batch.pages.dropLast() { _ = held.take(page, into: buffer) }
        }
        #expect(held.add(Batch(), plan(2048..<3072)) == [1023])
        // The second one is given up, and makes room for another.
        _ = held.take(2047, into: buffer)
        #expect(held.add(Batch(), plan(3072..<4096)).isEmpty)
    }

    @Test("no more than 16 batches are held")
    func batchLimit() {
        var held = HeldPages()
        let dropped = (0..<20).map { held.add(Batch(), plan($0 * 2..<$0 * 2 + 2)) }
        #expect(dropped.map(\.count) == Array(repeating: 0, count: 16) + [2, 2, 2, 2])
    }
}

@Suite("Least recently used")
struct LeastRecentlyUsedTests {
    @Test("one too many makes the one used least recently go")
    func count() {
        var cache = LeastRecentlyUsed<Int, String>(countLimit: 2, sizeLimit: 100)
        cache.set("a", for: 1, size: 1)
        cache.set("b", for: 2, size: 1)
        #expect(cache.value(for: 1) == "a")
        cache.set("c", for: 3, size: 1)
        #expect(cache.value(for: 2) == nil)
        #expect(cache.value(for: 1) == "a")
        #expect(cache.value(for: 3) == "c")
    }

    @Test("values that are too large together make as many go as it takes, and one too large alone is not kept")
    func size() {
        var cache = LeastRecentlyUsed<Int, String>(countLimit: 10, sizeLimit: 10)
        for key in 1...5 { cache.set("\(key)", for: key, size: 2) }
        cache.set("large", for: 6, size: 5)
        #expect((1...6).filter { cache.value(for: $0) != nil } == [4, 5, 6])
        cache.set("larger", for: 5, size: 11)
        #expect((1...6).filter { cache.value(for: $0) != nil } == [4, 6])
        // Replaced and removed values free their room.
        cache.set("small", for: 6, size: 1)
        cache.remove(4)
        cache.set("large", for: 7, size: 9)
        #expect((1...7).filter { cache.value(for: $0) != nil } == [6, 7])
    }
}
