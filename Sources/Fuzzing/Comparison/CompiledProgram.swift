import LazyPages
import Pages
import ProgramRuntime
import WorkerProtocol

/// Why a program could not be executed at all, which no program of the fuzzer's may cause.
struct ExecutionRefused: Error {
    let reason: String
}

/// The runtime with one compiler.
final class CompilerUnderTest {
    let compiler: ProgramCompiler
    private let runtime: ProgramRuntime
    /// Whether the compiler knows vectors on this processor.
    let knowsVectors: Bool

    static let memoryLimit: UInt32 = 64

    init(_ compiler: ProgramCompiler, source: StoredPages) throws {
        self.compiler = compiler
        runtime = try ProgramRuntime(
            source: source, cacheDirectory: nil, memoryLimit: Self.memoryLimit, compiler: compiler,
            compilesInParallel: false, hostFunctions: FuzzHost.functions)
        let probe = #"(module (memory (export "memory") 1) (func (drop (v128.load (i32.const 0)))))"#
        knowsVectors = (try? runtime.inspect(code: Array(probe.utf8), isText: true)) != nil
    }

    func compile(text: String) throws -> CompiledProgram { try compile(Array(text.utf8), isText: true) }

    /// Goes the way of an upload, and is run as it was uploaded.
    func compile(_ module: [UInt8], isText: Bool = false) throws -> CompiledProgram {
        do {
            let inspected = try runtime.inspect(code: module, isText: isText)
            let compiled = try runtime.module(key: inspected.description.hash) { inspected.code }.get()
            return CompiledProgram(runtime: runtime, module: compiled, compiler: compiler)
        } catch {
            throw ExecutionRefused(reason: "\(compiler.rawValue) refused the module: \(error)")
        }
    }
}

/// A program as one compiler made it.
struct CompiledProgram {
    let runtime: ProgramRuntime
    let module: CompiledModule
    let compiler: ProgramCompiler

    /// Runs on lazily loaded memory.
    func runLazily(_ scenario: Scenario, stored: [UInt32: [UInt8]]) throws -> Outcome {
        do throws(ExecutionError) {
            var memory: [UInt8]?
            let report = try runtime.execute(module, ExecutionRequest(scenario)) { memory = Array($0) }
            return Outcome(report, memory: memory, scenario, stored: stored)
        } catch {
            throw ExecutionRefused(reason: "\(compiler.rawValue), lazily: \(error)")
        }
    }

    /// Runs on plain memory that was filled from the store.
    func runEagerly(_ scenario: Scenario, stored: [UInt32: [UInt8]]) throws -> EagerOutcome {
        do throws(ExecutionError) {
            var memory: [UInt8]?
            let report = try runtime.executeEagerly(module, ExecutionRequest(scenario)) { bytes, start in
                for (page, content) in stored where page >= scenario.stackEnd * 4 {
                    let offset = Int(page) * StoredPage.size
                    guard offset >= start, offset < bytes.count else { continue }
                    UnsafeMutableRawBufferPointer(rebasing: bytes[offset...]).copyBytes(from: content)
                }
            } didReturn: {
                memory = Array($0)
            }
            return EagerOutcome(
                end: End(report.end), ownBurn: report.gasLeft.map { scenario.gasLimit - $0 } ?? 0,
                memorySize: report.memorySize, memory: memory)
        } catch {
            throw ExecutionRefused(reason: "\(compiler.rawValue), eagerly: \(error)")
        }
    }
}

/// What is visible of an execution on plain memory.
struct EagerOutcome {
    var end: End
    var ownBurn: UInt64
    var memorySize: UInt32
    var memory: [UInt8]?
}

extension ExecutionRequest {
    init(_ scenario: Scenario) {
        self.init(
            entry: Program.entry,
            args: [.integer(Int64(scenario.firstArgument)), .unsigned(scenario.secondArgument)],
            gasLimit: scenario.gasLimit, memorySize: scenario.memorySize, memoryMaximum: scenario.memoryMaximum,
            stackEnd: scenario.stackEnd, programKey: [1],
            costs: PageCosts(scenario.costs) ?? .standard)
    }
}

extension End {
    init(_ end: ExecutionEnd) {
        switch end {
        case .returned(let numbers):
            if case .integer(let value)? = numbers.first {
                self = .returned(UInt64(bitPattern: value))
            } else {
                self = .trapped("returned no number")
            }
        case .trapped(let trap), .memoryOutOfBounds(let trap): self = .trapped(trap.kind)
        case .gasLimitExceeded: self = .gasLimitExceeded
        case .stopped(let end): self = .trapped("stopped by a host function: \(end)")
        }
    }
}

extension Outcome {
    /// - Parameter memory: the whole memory of a program that returned, without what was never loaded.
    init(_ report: ExecutionReport, memory: [UInt8]?, _ scenario: Scenario, stored: [UInt32: [UInt8]]) {
        let accessed = report.accessedPages.map(\.rawValue)
        var memory = memory
        for (page, content) in stored where page >= scenario.stackEnd * 4 {
            let start = Int(page) * StoredPage.size
            guard start < memory?.count ?? 0, !accessed.contains(page) else { continue }
            memory?.withUnsafeMutableBytes {
                UnsafeMutableRawBufferPointer(rebasing: $0[start...]).copyBytes(from: content)
            }
        }
        self.init(
            end: End(report.end), ranOutInPageCharge: report.status == .gasLimitExceeded, gasLeft: report.gasLeft,
            charges: CostKind.allCases.map { report.charges[$0] }, accessed: accessed,
            written: report.writtenPages.map(\.page.rawValue), loaded: report.counters.pagesLoaded,
            memorySize: report.memorySize, memory: memory)
    }
}
