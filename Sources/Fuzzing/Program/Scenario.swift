import Metering

/// What a program is run on and with.
struct Scenario: Sendable {
    /// After the last commit, in Wasm pages.
    var memorySize: UInt32
    /// What memory may grow to, in Wasm pages.
    var memoryMaximum: UInt32
    /// In Wasm pages.
    var stackEnd: UInt32
    /// By Gear page.
    var stored: [UInt32: StoredPage]
    /// In the engine's order: signal read, write, write after read; the same for host functions; load.
    var costs: [UInt64]
    var gasLimit: UInt64
    var firstArgument: UInt32
    var secondArgument: UInt64
    var schedule = Schedule.standard

    /// A first write costs as much as a read and the write after it. Then gas depends on the pages that are read and
    /// written alone, and not on which instructions do it.
    var isAdditive: Bool {
        func isSum(_ place: Int) -> Bool {
            let (sum, overflow) = costs[place].addingReportingOverflow(costs[place + 2])
            return !overflow && sum == costs[place + 1]
        }
        return isSum(0) && isSum(3)
    }
}

/// What instructions cost.
enum Schedule: Sendable {
    case standard, unit

    var weights: Weights { self == .standard ? .standard : .unit }
}

/// The content of a stored page.
enum StoredPage: Hashable, Sendable {
    case filled(UInt8)
    /// Pseudo-random bytes from a seed.
    case random(UInt64)

    static let size = 16_384

    var bytes: [UInt8] {
        switch self {
        case .filled(let byte): return [UInt8](repeating: byte, count: Self.size)
        case .random(let seed):
            var random = RandomSource(seed: seed)
            return [UInt8](unsafeUninitializedCapacity: Self.size) { buffer, count in
                buffer.withMemoryRebound(to: UInt64.self) { words in
                    for index in words.indices { words[index] = random.next().littleEndian }
                }
                count = Self.size
            }
        }
    }
}

/// A program and what it is run on.
struct FuzzCase: Sendable {
    var program: Program
    var scenario: Scenario

    /// Whether it could have been uploaded and committed: segments and stack lie within memory.
    var isSound: Bool {
        let memory = UInt64(program.memoryMinimum) * UInt64(ModelMemory.wasmPage)
        return scenario.memorySize >= program.memoryMinimum && scenario.stackEnd <= scenario.memorySize
            && scenario.memoryMaximum >= scenario.memorySize
            && scenario.memorySize <= program.memoryMaximum ?? .max && program.labelsAreBound
            && program.segments.allSatisfy {
                UInt64($0.offset ?? 0) + UInt64($0.bytes.count) <= memory || $0.offset == nil
            }
    }
}
