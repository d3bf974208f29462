import LazyPages
import ProgramRuntime

/// The host functions that the fuzzer's programs may call.
enum FuzzHost {
    static var functions: [HostFunction] { HostOperation.allCases.map(function) }

    private static func function(_ operation: HostOperation) -> HostFunction {
        HostFunction(
            module: HostOperation.module, name: operation.rawValue,
            params: operation == .pay ? [.i64] : Array(repeating: .i32, count: operation.paramCount),
            results: [operation == .sum || operation == .gather ? .i64 : .i32]
        ) { call throws(HostFailure) in
            switch operation {
            case .sum: return [.i64(sum(try call.read(call.interval(0, size: 1))))]
            case .fill:
                let target = call.interval(0, size: 1)
                // Checked and charged before the bytes are made: a size may be as large as the address space.
                try call.announce(writes: [target])
                let byte = UInt8(truncatingIfNeeded: call.integer(2))
                try call.write([UInt8](repeating: byte, count: Int(target.size)), at: target.offset)
                return [.i32(0)]
            case .copy:
                let (target, source) = (call.interval(0, size: 2), call.interval(1, size: 2))
                try call.announce(reads: [source], writes: [target])
                try call.write(try call.read(source), at: target.offset)
                return [.i32(0)]
            case .gather:
                let sources = [call.interval(0, size: 1), call.interval(2, size: 3)]
                let target = MemoryInterval(offset: UInt32(truncatingIfNeeded: call.integer(4)), size: 8)
                try call.announce(reads: sources, writes: [target])
                let total = sum(try call.read(sources[0])) + sum(try call.read(sources[1]))
                try call.write(withUnsafeBytes(of: total.littleEndian, Array.init), at: target.offset)
                return [.i64(total)]
            case .pay:
                try call.charge(call.integer(0))
                return [.i32(0)]
            }
        }
    }

    private static func sum(_ bytes: [UInt8]) -> UInt64 { bytes.reduce(0) { $0 + UInt64($1) } }
}
