import Glibc
import LazyPages
import Pages
import Testing

@Suite struct ThreadTests {
    @Test func eachThreadHasAnExecutionOfItsOwnAndNoneWaitsForAnother() throws {
        let count: UInt8 = 4
        let barrier = try Barrier(count: UInt32(count))
        let threads = try (1...count).map { index in
            try TestThread {
                let harness = try Harness(source: DictionarySource([2: DictionarySource.page(index)]))
                // All threads are in their handlers at once, or none gets on.
                harness.source.willLoad = { _ in barrier.wait() }
                try harness.begin()
                let value = harness.read(page: 2)
                for page in 3..<3 + Int(index) { harness.write(page: page, index) }
                return (value, try harness.accessed().count, harness.burned)
            }
        }
        for (index, thread) in zip(1...count, threads) {
            let (value, accessed, burned) = try thread.join()
            #expect(value == index)
            #expect(accessed == 1 + Int(index))
            #expect(burned == 1100 + 200 * UInt64(index))
        }
    }

    @Test func manyExecutionsOnManyThreadsAtOnce() throws {
        let threads = try (0..<4).map { _ in
            try TestThread {
                var sum = 0
                for round in 0..<50 {
                    let harness = try Harness(source: DictionarySource([2: DictionarySource.page(UInt8(round))]))
                    try harness.begin()
                    sum += Int(harness.read(page: 2))
                    harness.write(page: 3, 1)
                    sum += try harness.accessed().count
                    try harness.engine.finish()
                }
                return sum
            }
        }
        for thread in threads { #expect(try thread.join() == (0..<50).reduce(0, +) + 50 * 2) }
    }
}

/// Lets threads go on when all have come; usable in a signal handler.
private final class Barrier: @unchecked Sendable {  // pthread's barrier is made for many threads
    private let barrier = UnsafeMutablePointer<pthread_barrier_t>.allocate(capacity: 1)

    init(count: UInt32) throws { try #require(pthread_barrier_init(barrier, nil, count) == 0) }

    deinit {
        pthread_barrier_destroy(barrier)
        barrier.deallocate()
    }

    func wait() { pthread_barrier_wait(barrier) }
}
