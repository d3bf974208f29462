import Foundation
import GearInterface
import LazyPages
import Metering
import Pages
import ProgramRuntime
import Testing
import WorkerProtocol

/// A program that makes calls, and what is kept of it between jobs.
///
/// Its memory has 2 pages and at most 10; it meters itself, so that it burns what its calls cost and nothing else.
final class Harness {
    let interface = GearInterface()
    private let source = StoredPages()
    private let runtime: ProgramRuntime
    private let module: CompiledModule
    private let description: ModuleDescription
    private(set) var memorySize: UInt32
    private(set) var holes = PageHoles()
    var context = JobContext.sample
    var costs = PageCosts(
        signalRead: 0, signalWrite: 0, signalWriteAfterRead: 0, hostFuncRead: 0, hostFuncWrite: 0,
        hostFuncWriteAfterRead: 0, loadPageData: 0)

    /// Where results go, 8 bytes each.
    static let results: UInt32 = 0x1_0000
    /// Behind the memory.
    static let outside: UInt32 = 0x2_0000

    /// - Parameters:
    ///   - entries: the calls that each entry makes.
    ///   - data: what is in the memory from the beginning.
    init(_ entries: [String: [Call]], data: [UInt32: [UInt8]] = [:], memory: String = "2 10") throws {
        runtime = try ProgramRuntime(
            source: source, cacheDirectory: nil, memoryLimit: 200, hostFunctions: interface.hostFunctions)
        let text = Self.text(entries, data, memory)
        let inspected = try runtime.inspect(code: Array(text.utf8), isText: true)
        description = inspected.description
        memorySize = description.memorySize
        module = try runtime.module(key: description.hash) { inspected.code }.get()
    }

    convenience init(_ calls: Call..., data: [UInt32: [UInt8]] = [:]) throws {
        try self.init(["run": calls], data: data)
    }

    private static func text(_ entries: [String: [Call]], _ data: [UInt32: [UInt8]], _ memory: String) -> String {
        var (imports, functions) = ("", "")
        var index = 0
        for (entry, calls) in entries {
            functions += "(func (export \"\(entry)\")\n"
            for (place, call) in calls.enumerated() {
                imports += call.importText(index) + "\n"
                functions += call.callText(index, resultAt: Int(results) + 8 * place) + "\n"
                index += 1
            }
            functions += ")\n"
        }
        let data = data.map { offset, bytes in
            "(data (i32.const \(offset)) \"\(bytes.map { "\\" + String(256 + Int($0), radix: 16).suffix(2) }.joined())\")"
        }
        return """
            (module \(imports)
              (memory (export "memory") \(memory))
              (global (export "gear_gas") (mut i64) (i64.const 0))
              \(data.joined(separator: "\n"))
              \(functions))
            """
    }

    @discardableResult
    func run(_ entry: String = "run", payload: [UInt8] = [], gas: UInt64 = 1_000_000_000) throws -> Outcome {
        interface.begin(start(payload: payload))
        let report = try execute(entry, gas: gas)
        let outcome = Outcome(report, interface.end(), limit: gas)
        if outcome.isGood {
            for (page, bytes) in outcome.pages { source.pages[page] = bytes }
            (memorySize, holes) = (report.memorySize, outcome.report.holes)
        }
        return outcome
    }

    func start(payload: [UInt8] = []) -> GearStart {
        GearStart(
            payload: payload, context: context, holes: holes, staticPages: description.memorySize,
            maximum: description.memoryMaximum)
    }

    /// Runs the program alone.
    func execute(_ entry: String = "run", gas: UInt64 = 1_000_000_000) throws -> ExecutionReport {
        try runtime.execute(
            module,
            ExecutionRequest(
                entry: entry, args: [], gasLimit: gas, memorySize: memorySize,
                memoryMaximum: description.memoryMaximum, stackEnd: 0, programKey: [1], costs: costs))
    }
}

/// How a job went.
struct Outcome {
    let end: ExecutionEnd
    let burned: UInt64
    let left: UInt64
    let report: GearReport
    let memorySize: UInt32
    let accessedPages: [UInt32]
    /// What was written, by Gear pages.
    let pages: [UInt32: [UInt8]]

    init(_ execution: ExecutionReport, _ report: GearReport, limit: UInt64) {
        end = execution.end
        left = execution.gasLeft ?? 0
        burned = limit - left
        self.report = report
        memorySize = execution.memorySize
        accessedPages = execution.accessedPages.map(\.rawValue)
        pages = execution.writtenPages.reduce(into: [:]) { $0[$1.page.rawValue] = $1.bytes }
    }

    var isGood: Bool { end == .returned([]) || [.leave, .exit, .wait].contains { end == .stopped($0) } }

    var isOutOfBounds: Bool {
        if case .memoryOutOfBounds = end { return true }
        return false
    }

    /// Bytes on a page that was written; none if it was not.
    func bytes(at address: UInt32, _ count: Int) -> [UInt8] {
        guard let page = pages[address / UInt32(PageSize.gear)] else { return [] }
        let offset = Int(address) % PageSize.gear
        return Array(page[offset..<offset + count])
    }

    /// A little-endian number in memory.
    func number(at address: UInt32) -> UInt32 {
        bytes(at: address, 4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The i32 that a call gave.
    func result(_ index: UInt32 = 0) -> UInt32 { number(at: Harness.results + 8 * index) }
}

/// Stored pages in a dictionary.
final class StoredPages: PageSource {
    var pages: [UInt32: [UInt8]] = [:]

    func pageExists(_ key: PageKey) throws(PageSourceError) -> Bool { pages[key.page.rawValue] != nil }

    func loadPage(_ key: PageKey, into buffer: UnsafeMutableRawBufferPointer) throws(PageSourceError) -> Int? {
        guard let bytes = pages[key.page.rawValue] else { return nil }
        buffer.copyBytes(from: bytes)
        return bytes.count
    }
}

extension JobContext {
    /// Every property is told from every other.
    static let sample = JobContext(
        messageId: .repeating(1), programId: .repeating(2), source: .repeating(3), value: 0x0102_0304,
        valueAvailable: 1_000_000, blockHeight: 0x0A0B_0C0D, blockTimestamp: 0x0102_0304_0506_0708,
        random: .repeating(4), replyTo: nil, replyCode: nil, signalFrom: nil,
        environment: EnvironmentVariables(
            performanceMultiplier: 110, existentialDeposit: 10, mailboxThreshold: 3000, gasMultiplier: 6))
}

extension Bytes32 {
    static func repeating(_ byte: UInt8) -> Bytes32 { Bytes32(behindZeros: Array(repeating: byte, count: 32)) }
}

extension FixedWidthInteger {
    var bytes: [UInt8] { (0..<bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) } }
}
