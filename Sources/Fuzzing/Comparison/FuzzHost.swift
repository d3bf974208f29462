import LazyPages
import ProgramRuntime

/// The host functions that the fuzzer's programs may call, and what they saw of the gas.
final class FuzzHost {
    /// Gas left at the beginning and at the end of each call.
    private(set) var gasSeen: [UInt64] = []

    func forget() { gasSeen = [] }

    var functions: [HostFunction] { HostOperation.allCases.map(function) }

    private func function(_ operation: HostOperation) -> HostFunction {
        HostFunction(
            module: HostOperation.module, name: operation.rawValue,
            params: operation == .pay ? [.i64] : Array(repeating: .i32, count: operation.paramCount),
            results: [operation == .sum || operation == .gather ? .i64 : .i32]
        ) { [unowned self] call throws(HostFailure) in
            note(call)
            let results = try Self.perform(operation, call)
            note(call)
            return results
        }
    }

    private func note(_ call: HostCall) { call.gasLeft.map { gasSeen.append($0) } }

    private static func perform(_ operation: HostOperation, _ call: HostCall) throws(HostFailure) -> [HostValue] {
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
        case .grow: return [.i32(call.growMemory(by: UInt32(truncatingIfNeeded: call.integer(0))) ?? .max)]
        case .end:
            if let end = end(call.integer(0)) { throw .ended(end) }
            return [.i32(0)]
        }
    }

    private static func sum(_ bytes: [UInt8]) -> UInt64 { bytes.reduce(0) { $0 + UInt64($1) } }

    /// In the order of `HostOperation.ways`.
    private static func end(_ kind: UInt64) -> HostEnd? {
        switch kind {
        case 1: .leave
        case 2: .exit
        case 3: .wait
        case 4: .panic("")
        case 5: .unsupported("")
        default: nil
        }
    }
}
