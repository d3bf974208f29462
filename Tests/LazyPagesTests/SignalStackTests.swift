import Glibc
import LazyPages
import Pages
import Testing

@Suite struct SignalStackTests {
    @Test func aThreadsSignalStackHasAtLeast256KiBAboveAGuardPage() throws {
        let (size, maps) = try TestThread {
            _ = try Harness()
            let stack = signalStack()
            let places = [stack.lowerBound - 1, stack.lowerBound, stack.upperBound - 1]
            return (stack.count, try places.map(permissions))
        }.join()
        #expect(size >= 256 * 1024)
        #expect(maps == ["---p", "rw-p", "rw-p"])
    }

    @Test func theHandlerRunsOnTheSignalStack() throws {
        let isOnStack = try TestThread {
            let harness = try Harness(source: DictionarySource([2: DictionarySource.page(1)]))
            var place: UInt = 0
            harness.source.willLoad = { page in
                var local = page
                place = withUnsafePointer(to: &local) { UInt(bitPattern: $0) }
            }
            try harness.begin()
            harness.read(page: 2)
            return signalStack().contains(place)
        }.join()
        #expect(isOnStack)
    }

    @Test func aThreadKeepsItsSignalStackForLaterContexts() throws {
        let (first, second) = try TestThread {
            _ = try Harness()
            let first = signalStack()
            _ = try Harness()
            return (first, signalStack())
        }.join()
        #expect(first == second)
    }

    @Test func aThreadsSignalStackIsReleasedWhenTheThreadEnds() async {
        await #expect(processExitsWith: .success) {
            let stack = try TestThread {
                _ = try LazyPages(source: DictionarySource())
                return signalStack()
            }.join()
            #expect(try permissions(at: stack.lowerBound) == nil)
            #expect(try permissions(at: stack.upperBound - 1) == nil)
        }
    }

    @Test func aSignalStackThatOverflowsKillsTheProcess() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            signal(SIGSEGV, SIG_DFL)
            let harness = try Harness(source: DictionarySource([2: DictionarySource.page(1)]))
            harness.source.willLoad = { _ in fillStack(0) }
            try harness.begin()
            harness.read(page: 2)
        }
    }
}

// Threads report what they found: an expectation belongs to the test only on the test's own thread.

/// The calling thread's.
private func signalStack() -> Range<UInt> {
    var stack = stack_t()
    sigaltstack(nil, &stack)
    let start = UInt(bitPattern: stack.ss_sp)
    return start..<start + UInt(stack.ss_size)
}

/// Of the mapping that an address lies in, as in /proc/self/maps; nil if nothing is mapped there.
private func permissions(at address: UInt) throws -> String? {
    let maps = try #require(fopen("/proc/self/maps", "r"))
    defer { fclose(maps) }
    // The kernel hands the file out in parts: a reader that takes a short part for the end sees only the first.
    var line = [CChar](repeating: 0, count: 4096)
    while fgets(&line, Int32(line.count), maps) != nil {
        let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
            separator: " ")
        let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        if (bounds[0]..<bounds[1]).contains(address) { return String(fields[1]) }
    }
    return nil
}

private func fillStack(_ depth: Int) {
    withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 16) { bytes in
        bytes[0] = UInt8(truncatingIfNeeded: depth)
        fillStack(depth + 1)
        bytes[1] = bytes[0]
    }
}
