// Accesses of memory by host functions: announced as intervals, reads before writes.

extension Model {
    private struct Interval {
        let offset: UInt32
        let size: UInt32

        init(_ offset: Bits, _ size: Bits) { (self.offset, self.size) = (offset.i32, size.i32) }

        init(_ offset: Bits, size: UInt32) { (self.offset, self.size) = (offset.i32, size) }

        var range: Range<Int> { Int(offset)..<Int(offset) + Int(size) }
    }

    private func announce(reads: [Interval], writes: [Interval]) throws(Stop) {
        memoryAccesses += 1
        for (intervals, isWrite) in [(reads, false), (writes, true)] {
            var touched: Set<UInt32> = []
            for interval in intervals {
                // No bytes count as one.
                let last = UInt64(interval.offset) + UInt64(max(interval.size, 1)) - 1
                guard last < UInt64(memory.bytes.count) else { throw .trap("memory_out_of_bounds") }
                touched.formUnion(interval.offset / UInt32(StoredPage.size)...UInt32(last) / UInt32(StoredPage.size))
            }
            for page in touched.sorted() { try pages.touch(page, isWrite: isWrite, byHost: true) }
        }
    }

    func host(_ operation: HostOperation, _ arguments: [Bits]) throws(Stop) -> Bits {
        gasSeen.append(pages.gasLeft)
        let result = try perform(operation, arguments)
        gasSeen.append(pages.gasLeft)
        return result
    }

    private func perform(_ operation: HostOperation, _ arguments: [Bits]) throws(Stop) -> Bits {
        switch operation {
        case .sum:
            let interval = Interval(arguments[0], arguments[1])
            try announce(reads: [interval], writes: [])
            return Bits(low: sum(interval))
        case .fill:
            let interval = Interval(arguments[0], arguments[1])
            try announce(reads: [], writes: [interval])
            memory.fill(interval.range, with: UInt8(truncatingIfNeeded: arguments[2].low))
            return .zero
        case .copy:
            let (to, from) = (Interval(arguments[0], arguments[2]), Interval(arguments[1], arguments[2]))
            try announce(reads: [from], writes: [to])
            memory.write(memory.read(from.range), at: Int(to.offset))
            return .zero
        case .gather:
            let (first, second) = (Interval(arguments[0], arguments[1]), Interval(arguments[2], arguments[3]))
            try announce(reads: [first, second], writes: [Interval(arguments[4], size: 8)])
            let total = sum(first) + sum(second)
            memory.store(total, at: Int(arguments[4].i32), width: 8)
            return Bits(low: total)
        case .pay:
            try pages.burn(arguments[0].low)
            return .zero
        case .grow: return Bits(memory.grow(by: arguments[0].i32))
        case .end:
            let way = Int(arguments[0].i32) - 1
            if HostOperation.ways.indices.contains(way) { throw .ended(HostOperation.ways[way]) }
            return .zero
        }
    }

    private func sum(_ interval: Interval) -> UInt64 {
        memory.bytes[interval.range].reduce(0) { $0 + UInt64($1) }
    }
}
